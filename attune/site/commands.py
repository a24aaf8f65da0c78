"""The command line."""

import argparse
import json
import os
import sys

import django


def main() -> None:
    parser = argparse.ArgumentParser(prog="attune", description="Self-hosted online therapy.")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, (words, _) in COMMANDS.items():
        commands.add_parser(name, help=words, description=words)
    command = parser.parse_args().command
    if command == "demo":  # has a folder of its own, and no business with the settings of this one
        demo()
        return
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "attune.site.settings")
    django.setup(set_prefix=False)
    COMMANDS[command][1]()


def run() -> None:
    from attune.site.run import run

    run()


def demo() -> None:
    from attune.site.demo import demo

    demo()


def doctor() -> None:
    from attune.site.doctor import examine

    sys.exit(examine())


def set_up_link() -> None:
    from attune.people import set_up_link

    print(set_up_link.address(set_up_link.make()))


def openapi() -> None:
    from attune.site.api import api

    print(json.dumps(api.get_openapi_schema(), indent=1, sort_keys=True))


def check_migrations() -> None:
    from django.core.management import call_command

    call_command("makemigrations", check=True, dry_run=True)


COMMANDS = {
    "run": ("start Attune: prints its address and, while there is no therapist, the link to set up the first", run),
    "demo": ("the same with invented people, on a folder that is thrown away", demo),
    "doctor": ("say in plain words what is wrong with this installation, and how to mend it", doctor),
    "set-up-link": ("print a new one-time link by which a therapist sets up her account; an older unused one ends", set_up_link),
    "openapi": ("print the description of the HTTP interface", openapi),
    "makemigrations-check": ("fail if the tables and their migrations differ", check_migrations),
}
