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
def every_option_of_run_is_in_its_man_page(case):
    process = case.thrum('run', '--help')
    equal(process.returncode, 0, repr(process))
    assert 'Usage:\n  thrum run ' in process.stdout, process
    options = re.findall(r'^  (?:-(\w), )?--([a-z]+)', process.stdout, re.MULTILINE)
    assert len(options) > 5, process
    page = source('doc/man/thrum.1')
    equal([long for short, long in options
           if (f'.It Fl {short} , Fl -{long}' if short else f'.It Fl -{long}') not in page], [])


@test
def links_lead_somewhere(case):
    pages = [SOURCE_ROOT / 'README.md', *(SOURCE_ROOT / 'doc').glob('*.md')]
    dead = [f'{page.name}: {link}' for page in pages
            for link in re.findall(r'\]\(([^)#:]+)\)', page.read_text())
            if not (page.parent / link).exists()]
    equal(dead, [])


if __name__ == '__main__':
    main()
