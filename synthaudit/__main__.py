"""``python -m synthaudit``: the command line."""

from synthaudit.audit.cli import main

if __name__ == "__main__":
    main()
