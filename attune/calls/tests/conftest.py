from attune.spaces.tests.cast import cast, owner, pushed, rested

__all__ = ["cast", "owner", "pushed", "rested"]
