# Copyright (c) 2026 The intheloop authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE)
"""The text of plain comments, as Doxygen has to read it to print what they say."""
import re


def escape(prose):
    """Text that Doxygen prints as it stands; what is between backticks stays code."""
    parts = re.split(r"(`[^`]*`)", prose)
    for i in range(0, len(parts), 2):
        part = parts[i].replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        part = re.sub(r"([\\@#%*|])", r"\\\1", part)
        parts[i] = part.replace("---", r"\---").replace(" --", r" \--")
    return "".join(parts).replace("&gt;::", r"&gt;\::")


def documentation(lines):
    """Comment lines without their //, as lines of Doxygen's."""
    made, in_code = [], False
    for i, line in enumerate(lines):
        is_code = line.startswith("     ")
        if is_code or (in_code and not line.strip() and any(
                later.startswith("     ") for later in lines[i:i + 2])):
            if not in_code and made and not made[-1].strip():
                made[-1] = r" \code{.cpp}"
                in_code = True
            elif not in_code:
                made.append(" " + escape(line.strip()))
                continue
            last = i + 1 == len(lines) or not lines[i + 1].startswith("     ") and (
                i + 2 >= len(lines) or not lines[i + 2].startswith("     "))
            made.append(line + (r" \endcode" if last else ""))
            in_code = not last
        else:
            made.append(escape(line))
    return made


def in_one_line(lines):
    """The same for a comment in the middle of a line; without the samples."""
    paragraphs = " ".join("\n" if not line.strip() else line.strip() for line in lines if not line.startswith("     "))
    return " <p>".join(escape(p.strip()) for p in paragraphs.split("\n") if p.strip())
