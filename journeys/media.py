"""What a camera and a microphone of a journey deliver: a known sequence of colours, and tones that hop among four known pitches.

Each person has an own sequence and own pitches, so that what arrives on the other side says whose it is. The pitches hop every 80 ms
without a pause: a steady tone would be taken for noise and removed by the browser, and a pause would look like a mute.
"""

import itertools
import wave
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from playwright.sync_api import Page

from journeys.until import until

RATE = 48_000
HOP = 0.08  # seconds on one pitch
COLOUR_SECONDS = 0.4
FRAMES_A_SECOND = 10
WIDTH, HEIGHT = 640, 360

COLOURS: dict[str, tuple[int, int, int]] = {
    "red": (220, 30, 30),
    "green": (30, 180, 30),
    "blue": (30, 30, 220),
    "yellow": (220, 220, 30),
    "cyan": (30, 200, 200),
    "magenta": (200, 30, 200),
}


@dataclass(frozen=True)
class Cast:
    """The picture and the voice of one person."""

    colours: tuple[str, ...]
    pitches: tuple[float, ...]  # Hz, multiples of 93.75 so that each falls on a bin of a 512-point transform


THERAPIST = Cast(("red", "green", "blue", "yellow"), (562.5, 750.0, 937.5, 1125.0))
CLIENT = Cast(("magenta", "blue", "cyan", "green"), (1500.0, 1781.25, 2062.5, 2343.75))


def write_camera(cast: Cast, *, path: Path, frames_a_second: int = FRAMES_A_SECOND) -> Path:
    """A Y4M film that shows each colour for COLOUR_SECONDS; Chromium plays it in a loop."""
    still = int(COLOUR_SECONDS * frames_a_second)
    with path.open("wb") as film:
        film.write(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F{frames_a_second}:1 Ip A1:1\n".encode())
        for name in cast.colours:
            film.write((b"FRAME\n" + _frame(*COLOURS[name])) * still)
    return path


def _frame(red: int, green: int, blue: int) -> bytes:
    # BT.601, studio swing: what Chromium takes a Y4M file for.
    y = round(16 + 0.257 * red + 0.504 * green + 0.098 * blue)
    u = round(128 - 0.148 * red - 0.291 * green + 0.439 * blue)
    v = round(128 + 0.439 * red - 0.368 * green - 0.071 * blue)
    quarter = WIDTH * HEIGHT // 4
    return bytes([y]) * (4 * quarter) + bytes([u]) * quarter + bytes([v]) * quarter


def write_microphone(cast: Cast, *, path: Path) -> Path:
    """A mono WAV of the hopping pitches, three rounds of them; Chromium plays it in a loop."""
    samples = int(RATE * HOP)
    clock = np.arange(samples * len(cast.pitches) * 3) / RATE
    pitch = np.repeat(np.tile(np.array(cast.pitches), 3), samples)
    phase = np.cumsum(2 * np.pi * pitch / RATE)
    assert len(clock) == len(pitch)
    sound = (0.5 * 32767 * np.sin(phase)).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(sound.tobytes())
    return path


# The elements that play what came over a peer connection, and a loop that writes down what they play. peers.js keeps the connections.
WATCH = """
() => {
  if (window.__watch) window.__watch.stop = true;
  const watch = window.__watch = { colours: [], tones: [], stop: false };
  const remote = kind => __peers.tracks(kind).filter(track => track.readyState === 'live');
  const playing = kind => [...document.querySelectorAll('video, audio')].find(element => element.srcObject && !element.paused
    && element.srcObject.getTracks().some(track => remote(kind).includes(track)));
  const canvas = new OffscreenCanvas(8, 8), brush = canvas.getContext('2d', { willReadFrequently: true });
  let context, analyser, track;
  const look = () => {
    const video = playing('video');
    if (!video || video.videoWidth < 16) return;
    brush.drawImage(video, 0, 0, 8, 8);
    const [red, green, blue] = brush.getImageData(4, 4, 1, 1).data;
    watch.colours.push([Date.now(), red, green, blue]);
  };
  const listen = () => {
    const element = playing('audio');
    if (!element || element.muted) return;
    const heard = element.srcObject.getAudioTracks().find(one => remote('audio').includes(one));
    if (heard !== track) {
      track = heard;
      context ??= new AudioContext({ sampleRate: 48000 });
      analyser = new AnalyserNode(context, { fftSize: 512, smoothingTimeConstant: 0 });
      context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
    }
    const level = new Float32Array(analyser.frequencyBinCount);
    analyser.getFloatFrequencyData(level);
    let top = 3;
    for (let bin = 3; bin < 60; bin++) if (level[bin] > level[top]) top = bin;
    watch.tones.push([Date.now(), top * 93.75, level[top]]);
  };
  const turn = () => {
    if (watch.stop) return;
    look();
    listen();
    setTimeout(turn, 20);
  };
  turn();
}
"""
LOUD = -60.0  # dB of the strongest bin: a voice; silence lies below -90


def watch(page: Page) -> None:
    """Begins to write down which colours and tones the page plays from the other side; anew after a reload."""
    page.evaluate(WATCH)


def colours_seen(page: Page) -> list[str]:
    """Names of the colours on the remote picture since `watch`, each change once; what lies between two is left out."""
    named = [_nearest(*rgb) for _, *rgb in page.evaluate("() => __watch.colours")]
    changes: list[str] = []
    for before, name in zip([None, *named], named, strict=False):
        if name and name == before and (not changes or changes[-1] != name):
            changes.append(name)
    return changes


def _nearest(red: float, green: float, blue: float) -> str | None:
    def distance(name: str) -> float:
        return max(abs(a - b) for a, b in zip(COLOURS[name], (red, green, blue), strict=True))

    best = min(COLOURS, key=distance)
    return best if distance(best) < 60 else None


def tones_heard(page: Page) -> set[float]:
    """The pitches (Hz) that were loud on the remote sound since `watch`."""
    return {pitch for _, pitch, level in page.evaluate("() => __watch.tones") if level > LOUD}


def in_sequence(seen: list[str], cast: Cast) -> bool:
    """The latest six changes are the cast's, each colour followed by the one that follows it in the film.

    Only the latest: on a busy machine a picture may stand for longer than a colour lasts, which is no other picture.
    """
    follows = {name: cast.colours[(place + 1) % len(cast.colours)] for place, name in enumerate(cast.colours)}
    latest = seen[-6:]
    return len(latest) == 6 and set(latest) == set(cast.colours) and all(follows[a] == b for a, b in itertools.pairwise(latest))


def expect_sound(page: Page, *, of: Cast, seconds: float = 20) -> None:
    """All four pitches of the cast are heard; begins a new watch."""
    watch(page)
    _hears(page, of, seconds=seconds)


def expect_session(*sides: tuple[Page, Cast], seconds: float = 30) -> None:
    """Each page shows the other's colours in their order and plays all four pitches; all are watched at the same time, from now on."""
    for page, _ in sides:
        watch(page)
    for page, cast in sides:
        what = f"the picture runs through {cast.colours}"
        until(lambda page=page, cast=cast: in_sequence(colours_seen(page), cast), what=what, seconds=seconds, every=0.2)
        _hears(page, cast, seconds=seconds)


def _hears(page: Page, cast: Cast, *, seconds: float) -> None:
    until(lambda: set(cast.pitches) <= tones_heard(page), what=f"the sound carries {cast.pitches} Hz", seconds=seconds, every=0.2)


def silent_since(page: Page) -> float:
    """Unix ms of the last loud moment on the remote sound since `watch`, 0 if there was none."""
    return max((at for at, _, level in page.evaluate("() => __watch.tones") if level > LOUD), default=0)


def still_listening(page: Page, *, after: float) -> bool:
    """Whether the remote sound was looked at later than `after` (Unix ms): silence counts only where somebody listened."""
    tones = page.evaluate("() => __watch.tones")
    return bool(tones) and tones[-1][0] > after
