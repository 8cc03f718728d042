# SPDX-License-Identifier: MIT
"""doc/ against the tables in the code: no key, column or token that no page names, no dead link."""

import re

from harness import SOURCE_ROOT, equal, main, test


def source(path):
    return (SOURCE_ROOT / path).read_text()


def named(path):
    """What a page names in backquotes, one by one."""
    return {word for span in re.findall(r'`([^`\n]+)`', source(path)) for word in span.split()}


def missing(names, path):
    assert len(names) > 5, names
    return sorted(set(names) - named(path))


@test
def every_key_of_the_ini_file_is_explained(case):
    text = source('core/config/keys.c')
    keys = re.findall(r'(?:DURATION|INTEGER|CHOICE|TEXT|LIMIT) \(\s*"([^"]+)"', text)
    keys += re.findall(r'\.key = "([^"]+)"', text)
    equal(missing(keys, 'doc/design.md'), [])


@test
def every_column_is_explained(case):
    columns = re.findall(r'X \(\w+, "([^"]+)"', source('core/record/columns.h'))
    equal(missing(columns, 'doc/results-format.md'), [])


@test
def every_failure_is_explained(case):
    tokens = re.findall(r'X \(\w+, "([^"]+)", "', source('core/thrum/plugin.h'))
    equal(missing(tokens, 'doc/results-format.md'), [])


@test
def links_lead_somewhere(case):
    pages = [SOURCE_ROOT / 'README.md', *(SOURCE_ROOT / 'doc').glob('*.md')]
    dead = [f'{page.name}: {link}' for page in pages
            for link in re.findall(r'\]\(([^)#:]+)\)', page.read_text())
            if not (page.parent / link).exists()]
    equal(dead, [])


if __name__ == '__main__':
    main()
