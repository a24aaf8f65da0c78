"""Two weeks of talk between invented people, for the demo: a therapist with three clients, each in her own language."""

from dataclasses import dataclass

THERAPIST = "Noor"
WELCOME = "Look around first. Sit where your back is held; a glass of water helps. We begin when you like."
PASSPHRASE = "copper lantern tidy moth river eleven"  # noqa: S105 as invented as they are


@dataclass(frozen=True)
class Invented:
    """A client. `session`: how long from now hers begins, in minutes. `talk`: (days ago, "hour:minute", who, words)."""

    name: str
    language: str
    form: int
    session: int
    talk: list[tuple[int, str, str, str]]


ALMA = [
    (14, "18:02", "Alma", "I am in. It is quieter here than I thought. I did not know what to write, so I am writing that."),
    (14, "19:40", THERAPIST, "That is a good first sentence. There is nothing you need to bring. What made you look for a room just now?"),
    (13, "22:51", "Alma", "My brother and I shared the flat for six years. He moved out in September, and I still buy bread for two."),
    (12, "09:12", THERAPIST, "Two chairs and one person. I would like to hear about the bread, and about the evening when you notice it."),
    (12, "21:30", "Alma", "It is mostly Sundays. I set the table and then I hear how still it is."),
    (
        11,
        "08:55",
        THERAPIST,
        "Sunday evenings, then. Would you write me one line when it happens, only the time and what you hear? Nothing more.",
    ),
    (9, "20:14", "Alma", "20:10. The fridge. Then the neighbour's radio."),
    (9, "20:31", "Alma", "I sat down anyway and ate. That is new."),
    (8, "09:03", THERAPIST, "You stayed at the table. I noticed that you told me the time, and then that you stayed."),
    (6, "22:40", "Alma", "I read it twice. I am not ready to answer all of it yet."),
    (5, "09:12", THERAPIST, "There is no hurry in it. Take the part that is light enough to lift."),
    (3, "13:02", "Alma", "Someone asked me at lunch to take over a shift. I counted to four before I answered, and then I said no."),
    (2, "21:14", THERAPIST, "You noticed the pause before you answered. Keep that. It is yours, and it was not there in spring."),
    (2, "22:08", "Alma", "It happened again today. Four again. I think I am counting less."),
    (1, "21:20", THERAPIST, "Then let us begin there when we see each other. I will be at the door a little early."),
]

CAMILLE = [
    (10, "20:15", "Camille", "Bonsoir. J’écris depuis la cuisine, tout le monde dort. Je ne sais pas par où commencer."),
    (9, "08:40", THERAPIST, "Par la cuisine, peut-être. Qu’est-ce qui est plus facile quand tout le monde dort ?"),
    (9, "21:05", "Camille", "Personne ne me demande si ça va. Depuis la naissance, on me le demande dix fois par jour, et je réponds oui."),
    (8, "09:20", THERAPIST, "Ici, vous pouvez répondre autre chose, ou rien. Combien d’heures avez-vous dormi cette nuit ?"),
    (8, "13:10", "Camille", "Quatre, en deux fois. Ma mère vient jeudi. J’ai failli annuler, puis non."),
    (6, "19:30", THERAPIST, "Laisser venir quelqu’un, c’est déjà beaucoup. Que ferez-vous de la première heure ?"),
    (4, "22:02", "Camille", "J’ai dormi. Elle a chanté dans la pièce à côté, et je n’ai pas eu honte d’être contente."),
    (3, "09:05", THERAPIST, "Gardez cette phrase, nous la reprendrons ensemble. À demain, à notre heure."),
]

SALMA = [
    (12, "17:20", "Salma", "مرحبًا. ترددتُ كثيرًا قبل أن أفتح الرابط. أنا هنا الآن."),
    (12, "18:45", THERAPIST, "أهلًا بك. لا داعي لأيّ تحضير. ما الذي جعل اليوم مناسبًا؟"),
    (11, "22:30", "Salma", "منذ سافر أهلي صار البيت واسعًا. أترك التلفاز يعمل حتّى أسمع صوتًا."),
    (10, "09:10", THERAPIST, "صوت يملأ البيت. متى يكون الصمت أثقل: عند العودة من العمل أم قبل النوم؟"),
    (10, "21:50", "Salma", "عند العودة. أقف عند الباب قليلًا قبل أن أدخل."),
    (7, "08:55", THERAPIST, "لنبقَ عند الباب قليلًا إذًا. ماذا تقولين لنفسك هناك، كلمة واحدة تكفي؟"),
    (5, "19:15", "Salma", "قلتُ: «وصلتُ». وفتحتُ النافذة قبل التلفاز."),
    (2, "20:40", THERAPIST, "وصلتِ. وفي النافذة شارع كامل من الأصوات. نكمل من هنا في جلستنا."),
]

CLIENTS = [
    Invented("Alma", language="en", form=1, session=2, talk=ALMA),
    Invented("Camille", language="fr", form=1, session=26 * 60, talk=CAMILLE),
    Invented("Salma", language="ar", form=1, session=75 * 60, talk=SALMA),
]
