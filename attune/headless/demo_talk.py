"""Two weeks of talk between two invented people, for the demo. (days ago, "hour:minute", who, words)"""

THERAPIST = "Noor"
CLIENT = "Alma"
WELCOME = "Look around first. Sit where your back is held; a glass of water helps. We begin when you like."
PASSPHRASE = "copper lantern tidy moth river eleven"  # noqa: S105 as invented as they are

TALK = [
    (14, "18:02", CLIENT, "I am in. It is quieter here than I thought. I did not know what to write, so I am writing that."),
    (14, "19:40", THERAPIST, "That is a good first sentence. There is nothing you need to bring. What made you look for a room just now?"),
    (13, "22:51", CLIENT, "My brother and I shared the flat for six years. He moved out in September, and I still buy bread for two."),
    (12, "09:12", THERAPIST, "Two chairs and one person. I would like to hear about the bread, and about the evening when you notice it."),
    (12, "21:30", CLIENT, "It is mostly Sundays. I set the table and then I hear how still it is."),
    (
        11,
        "08:55",
        THERAPIST,
        "Sunday evenings, then. Would you write me one line when it happens, only the time and what you hear? Nothing more.",
    ),
    (9, "20:14", CLIENT, "20:10. The fridge. Then the neighbour's radio."),
    (9, "20:31", CLIENT, "I sat down anyway and ate. That is new."),
    (8, "09:03", THERAPIST, "You stayed at the table. I noticed that you told me the time, and then that you stayed."),
    (6, "22:40", CLIENT, "I read it twice. I am not ready to answer all of it yet."),
    (5, "09:12", THERAPIST, "There is no hurry in it. Take the part that is light enough to lift."),
    (3, "13:02", CLIENT, "Someone asked me at lunch to take over a shift. I counted to four before I answered, and then I said no."),
    (2, "21:14", THERAPIST, "You noticed the pause before you answered. Keep that. It is yours, and it was not there in spring."),
    (1, "19:47", CLIENT, "It happened again today. Four again. I think I am counting less."),
    (1, "21:20", THERAPIST, "Then let us begin there when we see each other. I will be at the door a little early."),
]
