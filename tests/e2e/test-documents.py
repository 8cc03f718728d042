# SPDX-License-Identifier: MIT
"""doc/ against the tables in the code: no key, column or token that no page names, no dead link."""

import json
import re

from harness import SOURCE_ROOT, THRUM, equal, main, test


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


def keys_of(value):
    """Every key in a JSON value, those of counts by code or token apart."""
    if isinstance(value, list):
        return set().union(*map(keys_of, value))
    if not isinstance(value, dict):
        return set()
    inner = (keys_of(item) for key, item in value.items() if key not in ('statuses', 'failures'))
    return set(value).union(*inner)


RUN = '''
[load]
duration = {duration}
users = 2
think-time = 10ms
[target nowhere]
plugin = null
fail-every = 2
[request one]
target = nowhere
[request other]
target = nowhere
[thresholds other]
p99 = 10s
failures = 10%
{extra}
'''


def named_of_run_json():
    """What the page's chapter on run.json names, the columns of results.csv and the tokens apart."""
    text = source('doc/results-format.md')
    chapter = text[text.index('\n## run.json'):text.index('\n## config.ini')]
    return {word for span in re.findall(r'`([^`\n]+)`', chapter) for word in span.split()}


@test
def every_key_and_state_of_run_json_is_explained(case):
    state = {'XDG_STATE_HOME': str(case.directory / 'state')}
    process = case.run([THRUM, 'calibrate', '--quiet', '--duration', '4s'], env=state)
    equal(process.returncode, 0, repr(process))
    for name, code, keywords in (
            ('complete', 1, {'duration': '200ms', 'extra': ''}),
            ('aborted', 1, {'duration': '60s', 'extra': 'abort-on = failures 1s'})):
        test_file = case.write(name + '.ini', RUN.format(**keywords))
        process = case.thrum('run', test_file, '--quiet', '--output', name, env=state)
        equal(process.returncode, code, repr(process))
        document = json.loads((case.directory / name / 'run.json').read_text())
        equal(document['state'], name)
        equal('aborted' in document, name == 'aborted')
        assert document['calibration'] is not None
        equal(sorted((keys_of(document) | {name}) - named_of_run_json()), [])


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
def every_page_is_listed_and_installed(case):
    readme, build = source('README.md'), source('doc/meson.build')
    equal([page.name for page in (SOURCE_ROOT / 'doc').glob('*.md')
           if f'(doc/{page.name})' not in readme], [])
    equal([page.name for page in (SOURCE_ROOT / 'doc' / 'man').glob('*.[1-8]')
           if f"'{page.name}'" not in build or f'`man {page.stem}`' not in readme], [])


@test
def links_lead_somewhere(case):
    pages = [SOURCE_ROOT / 'README.md', *(SOURCE_ROOT / 'doc').glob('*.md')]
    dead = [f'{page.name}: {link}' for page in pages
            for link in re.findall(r'\]\(([^)#:]+)\)', page.read_text())
            if not (page.parent / link).exists()]
    equal(dead, [])


if __name__ == '__main__':
    main()
