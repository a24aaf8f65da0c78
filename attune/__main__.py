"""`attune` and `python -m attune`."""

from attune.site.commands import main

if __name__ == "__main__":
    main()
