"""``python -m synthaudit``: the command line."""

import os
import sys

if __name__ == "__main__":
    # ``-m`` puts the working directory first on the path, where a user's own ``joblib.py`` would stand before joblib.
    if not sys.flags.safe_path and sys.path[0] in ("", os.getcwd()):
        del sys.path[0]

    from synthaudit.audit.cli import main

    main()
