"""How a bench says what it measured: one line `name value unit` a figure, and an exit status when a bound is not kept."""

import sys


class Figures:
    def __init__(self) -> None:
        self.broken: list[str] = []

    def say(self, name: str, value: float, *, unit: str, at_most: float | None = None) -> None:
        """Prints the figure; remembers it as broken when it is above `at_most`."""
        print(f"{name} {value:.4g} {unit}", flush=True)
        if at_most is not None and value > at_most:
            self.broken.append(f"{name} is {value:.4g} {unit}, at most {at_most:.4g} was promised")

    def close(self) -> None:
        """Ends the program with status 1 when a bound was not kept."""
        if self.broken:
            sys.exit("\n".join(self.broken))
