# SPDX-License-Identifier: MIT
"""The config from outside: what is checked, printed, refused; and that secrets stay unwritten."""

import json
import os
import re
import shutil

from harness import BUILD_ROOT, SOURCE_ROOT, THRUM, WARN, equal, main, skip, test, wait_until

SAMPLE = BUILD_ROOT / 'tests' / 'unit' / 'sample' / 'sample.so'


def ini(load='', target='', rest=''):
    return (f'[load]\nduration = 300ms\nusers = 2\nprocesses = 1\n{load}\n'
            f'[target site]\nplugin = {SAMPLE}\nurl = sample:x\n{target}\n{rest}')


def has_http(case):
    names = {plugin['name'] for plugin in json.loads(case.thrum('plugins', '--json').stdout)}
    if 'http' not in names:
        skip('the http plugin is not built')


@test
def the_json_says_what_a_key_has_use_with(case):
    tcp = json.loads(case.thrum('plugins', '--json', 'tcp').stdout)
    only_with = {option['key']: option.get('only-with') for option in tcp['request']}
    equal((only_with['delimiter'], only_with['reply']), ('reply = delimiter', None))


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
    assert told[5].startswith('--set load.users: [load] users: '), run
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


SECRETS = {'Authorization': 'Bearer s1cret', 'Proxy-Authorization': 'Basic s2cret', 'Cookie': 'sid=s3cret',
           'X-Api-Key': 's4cret', 'X-Auth-Token': 's5cret', 'X-Mine': 's6cret'}


@test
def a_secret_header_is_sent_and_nowhere_afterwards(case):
    target = case.target()
    headers = '; '.join(f'{name}: {value}' for name, value in SECRETS.items())
    path = case.write('t.ini', '[load]\nduration = 1s\nrate = 20/s\n[results]\nsecret-headers = X-Mine\n'
                      f'[target site]\nplugin = http1\nurl = http://127.0.0.1:{target.port}/?token=s7cret\n'
                      f'headers = {headers}; Accept: text/html\n')
    out = case.directory / 'out'
    umask = os.umask(0o022)
    try:
        process = case.start([THRUM, 'run', path, '--output', out, '--report', *WARN,
                              '-qH', 'X-Other: s8cret', '--set', 'target.user-agent=s9cret'])
    finally:
        os.umask(umask)
    wait_until((out / 'run.json').exists, what='the run')
    with open(f'/proc/{process.pid}/cmdline') as file:
        cmdline = file.read()
    process.wait()
    equal(process.returncode, 0, repr(process))
    equal(out.stat().st_mode & 0o777, 0o700)
    check = case.thrum('run', path, '--check', '-H', 'X-Other: s8cret')
    equal(check.returncode, 0)
    assert 'Accept: text/html' in check.stdout, check
    texts = [cmdline, process.stdout, process.stderr, check.stdout, check.stderr]
    texts += [file.read_text() for file in out.rglob('*') if file.suffix in ('.ini', '.json', '.html', '.csv')]
    for text in texts:
        found = re.findall('s[1-8]cret', text)
        assert not found, (found, text)
    assert 's9cret' not in cmdline, cmdline

    config = (out / 'config.ini').read_text()
    assert 'Authorization: ${env:THRUM_SECRET_' in config and 'Accept: text/html' in config, config


@test
def messages_say_no_secret(case):
    env = {'THRUM_TEST_TOKEN': 's1cret\r\nX-Evil: 1', 'THRUM_TEST_LIST': 'a; X-Evil: 1'}
    http1 = '[load]\nduration = 1s\n[target site]\nplugin = http1\n'
    url = 'url = http://127.0.0.1:9/\n'
    for text, arguments in (
            (http1 + url + 'headers = X: ${env:THRUM_TEST_TOKEN}\n', ()),
            (http1 + url + 'headers = Authorization: s2cret;; Accept: x\n', ()),
            (http1 + url + 'headers = Authorization: Bearer\n  s2cret\n', ()),
            (http1 + url + 'Authorization: Basic s2cret=\n', ()),
            (http1 + url + 'Authorization: Basic s2cret\n', ()),
            (http1 + 'url = http://me:s3cret@127.0.0.1/\n', ()),
            (http1 + url, ('--set', 'target.pasword=s4cret')),
            (http1 + url, ('--set', 'password=s4cret')),
            (http1 + url, ('--set', 'target.path=s4cret', '-H', 'X Y: s4cret')),
            (http1 + url, ('-H', 'Authorization s4cret')),
            (http1 + url, ('-H', 'X;Y: s4cret')),
            (http1 + url, ('-H', ': s4cret')),
            (http1 + url, ('--heder=Cookie: s5cret',)),
            (http1 + url + '[results]\nsecret-keys = pth\n', ())):
        told = case.thrum('run', case.write('t.ini', text), '--check', *arguments, env=env)
        equal(told.returncode, 2, text)
        assert 'cret' not in told.stderr.replace('secret', '') and told.stdout == '', told
    for given in 'http://me:s3cret@127.0.0.1:9/', 'me:s3cret@127.0.0.1:9/':
        told = case.thrum('run', given, '--check')
        equal(told.returncode, 2)
        assert 's3cret' not in told.stderr, told


@test
def a_variable_adds_no_header(case):
    path = case.write('t.ini', '[load]\nduration = 1s\n[target site]\nplugin = http1\n'
                      'url = http://127.0.0.1:9/\nheaders = X: ${env:THRUM_TEST_LIST}\n')
    check = case.thrum('run', path, '--check', env={'THRUM_TEST_LIST': 'a; no header at all'})
    equal((check.returncode, check.stderr), (0, ''))


@test
def a_file_that_is_not_plain_is_refused_at_its_line(case):
    os.mkfifo(case.directory / 'fifo')
    for name, why in (('fifo', 'save what it gives to a file, and name that'),
                      ('/dev/zero', 'save what it gives to a file, and name that'),
                      ('/dev/stdin', 'in each process; save what it gives to a file, and name that'),
                      ('.', 'it is a folder; name a file in it')):
        told = problems(case, HTTP1 + f'body-file = {name}\n')
        equal(len(told), 1)
        assert told[0].startswith('t.ini:7: [target site] body-file: ') and told[0].endswith(why), told


@test
def a_test_without_end_is_refused(case):
    told = case.thrum('run', '/dev/zero', '--check')
    equal((told.returncode, told.stdout), (2, ''))
    assert told.stderr.endswith('it has more than 64 MiB\n'), told


@test
def a_dollar_on_the_command_line_is_itself(case):
    check = case.thrum('run', 'http://127.0.0.1:9/?$$a=${b}', '--check', '-H', 'Accept: $$x${y}',
                       '--set', 'target.plugin=http1')
    equal((check.returncode, check.stderr), (0, ''))
    assert 'http://127.0.0.1:9/?$$a=${b}' in check.stdout and 'Accept: $$x${y}' in check.stdout, check


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


def problems(case, text):
    """What `run --check` says of a test with this behind its load, one line each; [] if it passes."""
    path = case.write('t.ini', f'[load]\nduration = 1s\nusers = 2\n{text}')
    check = case.thrum('run', path, '--check')
    equal(check.returncode, 2 if check.stderr else 0, repr(check))
    return check.stderr.replace(str(path), 't.ini').splitlines()


TCP = '[target site]\nplugin = tcp\naddress = 127.0.0.1:9\n'
HTTP1 = '[target site]\nplugin = http1\nurl = http://127.0.0.1:9/\n'


@test
def what_awaits_no_reply_has_nothing_to_expect(case):
    no_use = 'is of no use: the request awaits no reply; leave it out'
    equal(problems(case, TCP + 'send = x\nreply = none\nexpect-body = y\nexpect-status = 200\n'),
          [f't.ini:9: [target site] expect-body: {no_use}',
           f't.ini:10: [target site] expect-status: {no_use}'])
    equal(problems(case, TCP + 'connect-only = yes\nexpect-status = 200\n'),
          [f't.ini:8: [target site] expect-status: {no_use}'])
    equal(problems(case, TCP + 'send = x\n[request a]\nreply = none\nexpect-body = y\n'),
          [f't.ini:10: [request a] expect-body: {no_use}'])

    equal(problems(case, '[target site]\nplugin = null_codec\naddress = 127.0.0.1:9\nreply-size = 0\n'
                   'expect-status = 200\n'), [f't.ini:8: [target site] expect-status: {no_use}'])

    # What the target gives may be another request's; only if it is nobody's is it refused.
    shared = TCP + 'send = x\nexpect-body = y\n[request a]\nreply = none\n[request b]\n'
    equal(problems(case, shared), [])
    equal(problems(case, shared + 'reply = none\n'),
          [f't.ini:8: [target site] expect-body: {no_use}'])


@test
def keys_of_another_way_to_reply_are_refused(case):
    fixed_only = 'reply-size: is of use with reply = fixed only'
    equal(problems(case, TCP + 'send = x\nreply-size = 7\nidle = 5ms\n'),
          [f't.ini:8: [target site] {fixed_only}',
           't.ini:9: [target site] idle: is of use with reply = idle only'])
    equal(problems(case, TCP + 'send = x\nreply = fixed\nreply-size = 7\nmax-reply = 3\n'),
          ['t.ini:10: [target site] max-reply: is smaller than reply-size (7 bytes): every reply '
           'would be too large'])
    equal(problems(case, TCP + 'send = x\n[request a]\nreply-size = 7\n'),
          [f't.ini:9: [request a] {fixed_only}'])
    equal(problems(case, TCP + 'send = x\nreply = fixed\n'),
          ['t.ini:4: [target site] reply-size: must be given with reply = fixed'])

    shared = TCP + ('send = x\nreply = fixed\nreply-size = 7\n'
                    '[request a]\nreply = close\n[request b]\n')
    equal(problems(case, shared), [])
    equal(problems(case, shared + 'reply = close\n'), [f't.ini:9: [target site] {fixed_only}'])


@test
def what_a_target_gives_for_others_is_left_out_of_a_run(case):
    """The workers read the resolved test, where each request has its keys to itself."""
    target = case.target()
    get = f'GET / HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n'
    path = case.write('t.ini', '[load]\nduration = 300ms\nusers = 2\nprocesses = 1\n[target site]\n'
                      f'plugin = tcp\naddress = 127.0.0.1:{target.port}\nsend = {get}\n'
                      'delimiter = \\r\\n\\r\\n\nexpect = HTTP/1.1 200\nexpect-status = 200\n'
                      '[request read]\n[request write]\nreply = none\n')
    run = case.thrum('run', path, '--output', case.directory / 'out')
    equal(run.returncode, 0, repr(run))
    resolved = (case.directory / 'out' / 'config.ini').read_text()
    equal(resolved.count('expect = HTTP/1.1 200'), 1, resolved)


@test
def one_call_a_connection_leaves_no_pipeline(case):
    no_use = ('is of no use with connection = per-request: such a connection carries one request; '
              'leave one of the two out')
    for target in (TCP + 'send = x\n', HTTP1 + '\n'):
        equal(problems(case, target + 'pipeline = 4\nconnection = per-request\n'),
              [f't.ini:8: [target site] pipeline: {no_use}'])
        equal(problems(case, target + 'pipeline = 1\nconnection = per-request\n'), [])
    equal(problems(case, TCP + 'connect-only = yes\npipeline = 4\n'),
          ['t.ini:8: [target site] pipeline: is of no use with connect-only = yes, where each call '
           'makes a connection'])


@test
def certificates_are_read_before_the_run(case):
    openssl = shutil.which('openssl')
    if openssl is None:
        skip('there is no openssl program')
    for name in ('a', 'b'):
        made = case.run([openssl, 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=x',
                         '-keyout', f'{name}.key', '-out', f'{name}.pem'])
        equal(made.returncode, 0, repr(made))
    case.write('text.pem', 'no certificate\n')
    here = case.directory
    tls = TCP + 'send = x\ntls = yes\n'
    equal(problems(case, tls + 'ca-file = text.pem\n'),
          [f't.ini:9: [target site] ca-file: cannot use ca-file {here}/text.pem: no certificate or '
           'crl found'])
    equal(problems(case, tls + 'certificate = text.pem\n'),
          [f't.ini:9: [target site] certificate: cannot use certificate {here}/text.pem: no start '
           'line'])
    equal(problems(case, tls + 'certificate = a.pem\n'),
          [f't.ini:9: [target site] certificate: cannot use certificate {here}/a.pem: it holds no '
           'private key that can be read; give `key`, the file that does'])
    equal(problems(case, tls + 'certificate = a.pem\nkey = b.key\n'),
          [f't.ini:10: [target site] key: cannot use key {here}/b.key: key values mismatch'])
    equal(problems(case, tls + 'certificate = a.pem\nkey = a.key\nca-file = b.pem\n'), [])
    made = case.run([openssl, 'pkey', '-aes128', '-passout', 'pass:x', '-in', 'a.key', '-out', 'locked.key'])
    equal(made.returncode, 0, repr(made))
    case.write('both.pem', (here / 'a.pem').read_text() + (here / 'locked.key').read_text())
    for more, line, key, file in (('certificate = a.pem\nkey = locked.key\n', 10, 'key', 'locked.key'),
                                  ('certificate = both.pem\n', 9, 'certificate', 'both.pem')):
        equal(problems(case, tls + more),
              [f't.ini:{line}: [target site] {key}: cannot use key {here}/{file}: it is encrypted, and '
               'thrum asks for no pass phrase; decrypt it (openssl pkey -in KEY -out FILE)'])


@test
def a_key_of_another_plugin_is_known_as_such(case):
    has_http(case)
    equal(problems(case, HTTP1 + 'redirects = 3\n'),
          ['t.ini:7: [target site] redirects: unknown key; plugin http1 has no such key; plugin http '
           'has'])
    equal(problems(case, HTTP1 + '[request a]\nurl = x\n'),
          ['t.ini:8: [request a] url: unknown key; it is a key of [target NAME]'])


@test
def a_bad_header_of_the_command_line_is_named(case):
    has_http(case)
    run = case.thrum('run', 'http://127.0.0.1:9/', '-H', 'bad', '--check')
    equal((run.returncode, run.stdout), (2, ''))
    assert run.stderr.startswith("-H: [target site] headers: cannot use '***': "), run


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
