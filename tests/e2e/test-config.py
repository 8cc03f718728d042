# SPDX-License-Identifier: MIT
"""The config from outside: what is checked, printed, refused; and that secrets stay unwritten."""

import json
import os
import re

from harness import BUILD_ROOT, SOURCE_ROOT, equal, main, skip, test

SAMPLE = BUILD_ROOT / 'tests' / 'unit' / 'sample' / 'sample.so'


def ini(load='', target='', rest=''):
    return (f'[load]\nduration = 300ms\nusers = 2\nprocesses = 1\n{load}\n'
            f'[target site]\nplugin = {SAMPLE}\nurl = sample:x\n{target}\n{rest}')


def has_http(case):
    names = {plugin['name'] for plugin in json.loads(case.thrum('plugins', '--json').stdout)}
    if 'http' not in names:
        skip('the http plugin is not built')


@test
def init_prints_what_check_accepts(case):
    has_http(case)
    for arguments in ((), ('http://127.0.0.1:9/a?b=c;d#e',), ('https://[::1]:9/${x}$$',)):
        init = case.thrum('init', *arguments)
        equal((init.returncode, init.stderr), (0, ''))
        check = case.thrum('run', case.write('t.ini', init.stdout), '--check')
        equal((check.returncode, check.stderr), (0, ''))
        assert (arguments or ('http://127.0.0.1:8080/',))[0] in check.stdout, check


@test
def examples_pass_the_check(case):
    has_http(case)
    examples = sorted((SOURCE_ROOT / 'data').glob('*.ini'))
    assert len(examples) >= 2, examples
    for example in examples:
        check = case.thrum('run', example, '--check')
        equal((check.returncode, check.stderr), (0, ''), example.name)


@test
def the_script_of_2010_is_planned_as_it_was(case):
    has_http(case)
    plan = case.thrum('run', SOURCE_ROOT / 'data' / 'web-load-tester.ini', '--check').stdout
    lines = plan.splitlines()
    for line in ('  duration       1m', '  ramp-up        1m', '  users          40',
                 '  interval       2s', '  3: 10 threads, 10 users',
                 '     0 at 0s, 4 at 6s, 8 at 12s, 12 at 18s, 16 at 24s, 20 at 30s, 24 at 36s, '
                 '28 at 42s,',
                 '     31 at 46.5s, 35 at 52.5s, 39 at 58.5s'):
        assert line in lines, plan


@test
def problems_are_told_at_once_and_nothing_is_sent(case):
    path = case.write('bad.ini', ini('usres = 3\nramp-up = 1 # one\nrate = 100/q', 'colour = rde', 'rubbish'))
    run = case.thrum('run', path, '--set', 'load.users=0', '--output', case.directory / 'out')
    equal(run.returncode, 2)
    equal(run.stdout, '')
    told = run.stderr.splitlines()
    equal(len(told), 6)
    assert told[0] == f"{path}:5: [load] usres: unknown key; did you mean 'users'?", run
    assert told[1].startswith(f'{path}:6: [load] ramp-up: '), run
    assert told[2].startswith(f"{path}:7: [load] rate: '100/q' is not a rate"), run
    assert told[3].startswith(f"{path}:11: [target site] colour: 'rde' is not one of"), run
    assert told[4].startswith(f"{path}:12: [target site]: 'rubbish' is neither"), run
    assert told[5].startswith('--set load.users=0: [load] users: '), run
    assert not (case.directory / 'out').exists()


@test
def a_secret_in_the_file_is_nowhere_afterwards(case):
    path = case.write('t.ini', ini(target='token = swordfish-$$1\npin = 471147\n'
                                          'body = ${env:THRUM_TEST_BODY}'))
    out = case.directory / 'out'
    env = {'THRUM_TEST_BODY': 'hush-hush'}
    run = case.thrum('run', path, '--output', out, env=env)
    equal(run.returncode, 0)
    written = [file for file in out.rglob('*') if file.is_file()]
    assert written
    for text in [file.read_text() for file in written] + [run.stdout, run.stderr]:
        for secret in ('swordfish', '471147', 'hush-hush'):
            assert secret not in text, text
    check = case.thrum('run', path, '--check', env=env)
    assert 'swordfish' not in check.stdout and '(secret)' in check.stdout, check

    # config.ini runs again where its references are set, and says what it lacks where not.
    again = case.thrum('run', out / 'config.ini', '--check', env=env)
    equal(again.returncode, 2)
    assert 'THRUM_SECRET_1 is not set' in again.stderr, again
    env.update(THRUM_SECRET_1='swordfish-$1', THRUM_SECRET_2='471147')
    equal(case.thrum('run', out / 'config.ini', '--output', case.directory / 'out2',
                     env=env).returncode, 0)
    equal((out / 'config.ini').read_text(),
          (case.directory / 'out2' / 'config.ini').read_text())


@test
def a_plugin_beside_the_file_is_found_from_anywhere(case):
    folder = case.directory / 'sub'
    folder.mkdir()
    os.symlink(SAMPLE, folder / 'sample.so')
    case.write('sub/t.ini', ini().replace(str(SAMPLE), './sample.so'))
    run = case.thrum('run', 'sub/t.ini', '--output', case.directory / 'out')
    equal(run.returncode, 0)
    resolved = (case.directory / 'out' / 'config.ini').read_text()
    assert f'plugin = {folder}/sample.so\n' in resolved, resolved


@test
def plugins_are_listed_and_explained(case):
    listing = case.thrum('plugins')
    equal(listing.returncode, 0)
    assert re.search(r'^null +session +\S+ +- +\S', listing.stdout, re.M), listing
    page = case.thrum('plugins', 'null')
    assert re.search(r'^  delay$', page.stdout, re.M), page
    equal(case.thrum('plugins', 'nul').returncode, 2)


if __name__ == '__main__':
    main()
