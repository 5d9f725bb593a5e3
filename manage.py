#!/usr/bin/env python
"""Runs a management command; the embedded services are started for it when none are configured or running."""

import os
import sys

from config.embedded.commands import services_for_command


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.demo")
    os.environ.setdefault("STANDING_LOG_STREAM", "stderr")
    from django.core.management import execute_from_command_line

    with services_for_command(sys.argv):
        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
