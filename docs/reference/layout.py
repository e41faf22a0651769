#!/usr/bin/env python3
# Copyright (c) 2026 The intheloop authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE)
"""The titles of the site's navigation: layout.py FILE changes the layout that `doxygen -l FILE` has written, which differs from
version to version."""
import pathlib
import re
import sys


def changed(text):
    groups = "topics" if 'type="topics"' in text else "modules"  # the newer name, and the older one
    text = re.sub(rf'<tab type="{groups}"[^>]*/>', f'<tab type="{groups}" visible="yes" title="Layers" intro=""/>', text)
    text = re.sub(r'<tab type="pages"[^>]*/>', '<tab type="pages" visible="yes" title="Pages" intro=""/>', text)
    return text


def main():
    path = pathlib.Path(sys.argv[1])
    text = path.read_text()
    made = changed(text)
    if 'title="Layers"' not in made or 'title="Pages"' not in made:
        print(f"{path}: has another form than the layouts of Doxygen that are known", file=sys.stderr)
        return 1
    path.write_text(made)
    return 0


if __name__ == "__main__":
    sys.exit(main())
