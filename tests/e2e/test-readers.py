# SPDX-License-Identifier: MIT
"""The readers on results that the tools wrote (samples/README.md), against Python's csv module."""

import collections
import csv
import datetime
import gzip
import json
import pathlib
import re
import shutil
import sqlite3
import subprocess

import harness
from harness import equal, main, skip, test

SAMPLES = pathlib.Path(__file__).parent / 'samples'


def analyze(case, *arguments, code=0):
    return harness.analyze(case, *arguments, '--no-plots', '--output', 'out', code=code)


def summary_of(case):
    return harness.summary_of(case, 'out')


def read(name, **form):
    with open(SAMPLES / name, newline='') as file:
        return list(csv.reader(file, **form))


def records(name, **form):
    header, *rows = read(name, **form)
    return [dict(zip(header, row)) for row in rows]


def quantile(values, per_million):
    return sorted(values)[max(-(-len(values) * per_million // 1000000), 1) - 1]


def check(case, name, latencies, failures, requests=None, digits=6):
    """@latencies in s, @failures and @requests counted by kind and by name."""
    result = analyze(case, SAMPLES / name)
    summary = summary_of(case)
    assert 'left out' not in result.stderr, result
    equal((summary['malformed'], summary['complaints']), (0, []), name)
    equal(summary['failures_by_kind'], dict(failures), name)
    equal(summary['total']['failures'], sum(failures.values()), name)
    response = summary['total']['response']
    equal(response['count'], len(latencies), name)
    for per_million, key in ((500000, 'p50'), (900000, 'p90'), (990000, 'p99'), (1000000, 'max')):
        equal(response[key], round(quantile(latencies, per_million), digits), f'{name} {key}')
    equal(f'{response["mean"]:.5f}', f'{sum(latencies) / len(latencies):.5f}', name)
    if requests is not None:
        equal({key: value['count'] for key, value in summary['requests'].items()}, dict(requests), name)
    return summary


@test
def hey(case):
    rows = records('hey.csv')
    failed = collections.Counter(f'status {row["status-code"]}' for row in rows if int(row['status-code']) >= 400)
    summary = check(case, 'hey.csv', [float(row['response-time']) for row in rows], failed)
    assert failed, 'the sample has failures'
    equal(summary['total']['count'], len(rows))
    assert 'without a reply' in summary['notes'][0], summary


@test
def ab(case):
    rows = records('ab.tsv', delimiter='\t')
    summary = check(case, 'ab.tsv', [int(row['ttime']) / 1000 for row in rows], {})
    equal(summary['total']['service']['max'], max(int(row['dtime']) for row in rows) / 1000)
    assert 'whole seconds' in str(summary['notes']), summary


def kind_of_jmeter(row):
    if row['success'] == 'true':
        return None
    if row['responseCode'].isdigit():
        return f'status {row["responseCode"]}' if int(row['responseCode']) >= 400 else 'check'
    return 'timeout' if 'SocketTimeout' in row['responseCode'] else 'connect-refused'


@test
def jmeter(case):
    rows = records('jmeter.csv')
    assert sum('\n' in row['failureMessage'] for row in rows) > 5 and sum(
        '\n' in row['responseMessage'] for row in rows) > 5, 'messages of several lines'
    kinds = [kind_of_jmeter(row) for row in rows]
    assert {'timeout', 'connect-refused', 'check', 'status 500', 'status 503'} <= set(kinds), kinds
    summary = check(case, 'jmeter.csv',
                    [int(row['elapsed']) / 1000 for row, kind in zip(rows, kinds) if kind != 'connect-refused'],
                    collections.Counter(kind for kind in kinds if kind),
                    collections.Counter(row['label'] for row in rows))
    equal(summary['total']['bytes'], sum(int(row['bytes']) for row in rows))
    equal(summary['lines'], len((SAMPLES / 'jmeter.csv').read_text().splitlines()))
    done = [int(row['timeStamp']) + int(row['elapsed']) for row in rows]
    equal(summary['duration'], (max(done) - min(int(row['timeStamp']) for row in rows)) / 1000)


@test
def multi_mechanize(case):
    lines = [line.split(',', 6) for line in (SAMPLES / 'multi-mechanize.csv').read_text().splitlines()]
    requests = collections.Counter(line[3] for line in lines)
    requests.update(name for line in lines for name in eval(line[6], {}))  # a dictionary of Python's
    check(case, 'multi-mechanize.csv', [float(line[4]) for line in lines],
          collections.Counter('script error' for line in lines if line[5]), requests, 9)


def kind_of_go(status, error):
    for part, kind in (('refused', 'connect-refused'), ('timeout', 'timeout'), ('Timeout', 'timeout'),
                       ('reset', 'reset')):
        if part in error:
            return kind
    return None if 200 <= status < 400 else f'status {status}'


@test
def vegeta(case):
    rows = read('vegeta.csv')
    kinds = [kind_of_go(int(row[1]), row[5]) for row in rows]
    assert {'timeout', 'connect-refused', 'reset', 'status 404'} <= set(kinds), kinds
    summary = check(case, 'vegeta.csv',
                    [int(row[2]) / 1e9 for row, kind in zip(rows, kinds) if kind != 'connect-refused'],
                    collections.Counter(kind for kind in kinds if kind), {'mixed': len(rows)}, 9)
    equal(summary['total']['bytes'], sum(int(row[4]) for row in rows))


@test
def k6(case):
    rows = [row for row in records('k6.csv') if row['metric_name'] == 'http_req_duration']
    kinds = [kind_of_go(int(row['status']), row['error']) for row in rows]
    assert {'timeout', 'connect-refused', 'reset', 'status 404'} <= set(kinds), kinds
    summary = check(case, 'k6.csv',
          [float(row['metric_value']) / 1000 for row, kind in zip(rows, kinds) if kind != 'connect-refused'],
          collections.Counter(kind for kind in kinds if kind), collections.Counter(row['name'] for row in rows), 9)
    assert 'whole seconds' in str(summary['notes']), summary
    # In milliseconds it needs no note.
    text = re.sub(r'(?m)^(\w+,\d{10}),', r'\g<1>123,', (SAMPLES / 'k6.csv').read_text())
    analyze(case, case.write('milli.csv', text))
    equal((summary_of(case)['notes'], summary_of(case)['total']['count']), ([], len(rows)))


HEADER = 'timeStamp,elapsed,label,responseCode,responseMessage,threadName,dataType,success,failureMessage,bytes\n'


@test
def messages_of_several_lines_where_threads_part(case):
    """Records of jmeter with long messages, so that the places where threads begin lie within them."""
    lines = [HEADER]
    for i in range(900):
        message = f'"no ""{i}"", 1,2\n' + 'x,y,"",""\n' * (i * 7 % 800) + 'end"' if i % 3 else 'OK'
        lines.append(f'{1700000000000 + i},{i % 500 + 1},a,{500 if i % 3 else 200},{message},t,text,'
                     f'{"false" if i % 3 else "true"},,{i}\n')
    text = ''.join(lines)
    assert len(text) > 1500000, len(text)
    case.write('many.csv', text)
    summaries = []
    for jobs in ('1', '2', '7'):
        analyze(case, 'many.csv', '--jobs', jobs)
        summaries.append((case.directory / 'out/summary.json').read_text())
    summary = json.loads(summaries[0])
    equal((summary['total']['count'], summary['total']['failures'], summary['malformed'], summary['total']['bytes']),
          (900, 600, 0, sum(range(900))))
    equal(summary['lines'], text.count('\n'))
    equal(summaries[1:], summaries[:1] * 2)


@test
def a_quote_without_an_end_costs_one_record(case):
    row = '1700000000{:03d},5,a,200,{},t,text,true,,1\n'
    for broken, lost in (('"never', 1), ('"' + 'z\n' * 40000 + '"', 1), ('"' + 'z' * 70000 + '"', 1)):
        text = HEADER + ''.join(row.format(i, broken if i == 50 else 'OK') for i in range(100))
        result = analyze(case, case.write('broken.csv', text))
        equal(summary_of(case)['total']['count'], 100 - lost, broken[:10])
        assert 'broken.csv:52: ' in result.stderr, result
    # The last line of a file may lack its end within a message, too.
    analyze(case, case.write('torn.csv', HEADER + row.format(1, 'OK') + '1700000000002,5,a,500,"one\ntwo",t,text,false,,1'))
    equal(summary_of(case)['total']['count'], 2)


@test
def what_is_refused_says_why(case):
    for text, arguments, expected in (
            ('hello\n', [], r"line 1, 'hello', is in no format .* expected elapsed,response,status"),
            ('<?xml version="1.0"?>\n<testResults>\n', [], r'its XML ends too early before the first row'),
            ('<?xml version="1.0"?>\n<testsuites>\n', [], r'of XML JMeter.s results are read'),
            ('{"metric":"http_reqs"}\n', [], r'of JSON are read what k6 run --out json=FILE'),
            ('Type,Name,Request Count,Failure Count\nGET,/,1,0\n', [], r"Locust's totals, without the requests: a listener"),
            ('Percentage served,Time in ms\n0,1.5\n1,2.5\n', [], r"ab's percentages .*ab -g FILE"),
            ('1700000000000,5,a,200,OK,t,text,true\n', [], r'without its header.*print_field_names=true'),
            ('1.0,0.1,200\n', ['--format', 'k6'], r"line 1, '1.0,0.1,200', is not k6: expected a header with metric_name"),
            (HEADER + 'at noon,5,a,200,OK,t,text,true,,1\n' * 3, [],
             r'none of its lines .* is a row of jmeter: in.csv:2: a time is not a number'),
            ('x\n1.0,y,200\n1.0,0.1,200\n' + '1.0,z,200\n' * 2, ['--format', 'columns'], None)):
        case.write('in.csv', text)
        result = analyze(case, 'in.csv', *arguments, code=0 if expected is None else 2)
        assert expected is None or re.search(expected, result.stderr), result
    # Among others, too: it would not be missed.
    case.write('good.csv', '1.0,0.1,200\n')
    case.write('bad.jtl', 'timeStamp,elapsed\nx,5\ny,5\n')
    for files in (('good.csv', 'bad.jtl'), ('bad.jtl', 'good.csv')):
        assert 'cannot analyze bad.jtl: none of its lines' in analyze(case, *files, '-o', 'both', code=2).stderr, files


@test
def a_header_says_what_columns_are(case):
    """Above thrum's own columns a header is no malformed row, and they stand as it says."""
    usual = 'elapsed,response,status,service,request,failure,bytes'
    rows = [('0.5', '0.1', '200', 'home', ''), ('1.5', '0.2', '503', 'home', 'status'), ('2.5', '0.3', '200', 'cart', '')]
    case.write('plain.csv', ''.join(f'{e},{r},{s},{r},{n},{f},10\n' for e, r, s, n, f in rows))
    analyze(case, 'plain.csv')
    plain = summary_of(case)
    for i, (head, line) in enumerate((
            (usual, '{e},{r},{s},{r},{n},{f},10'),
            ('"elapsed", "response","status","service","request","failure","bytes"\r', '{e},{r},{s},{r},{n},{f},10\r'),
            ('request,status,elapsed,bytes,shoe-size,failure,service,response', '{n},{s},{e},10,43,{f},{r},{r}'),
            ('\ufeff' + usual, '{e},{r},{s},{r},{n},{f},10'))):
        text = head + '\n' + ''.join(line.format(e=e, r=r, s=s, n=n, f=f) + '\n' for e, r, s, n, f in rows)
        case.write(f'headed-{i}.csv', text)
        result = analyze(case, f'headed-{i}.csv')
        equal(result.stderr, '', head)
        headed = summary_of(case)
        equal(headed['malformed'], 0, head)
        for key in ('total', 'requests', 'failures_by_kind', 'statuses', 'intervals_95'):
            equal(headed[key], plain[key], (head, key))
    # Microseconds below a header.
    case.write('fine.csv', 'response,elapsed\n0.100001,1.000001\n')
    analyze(case, 'fine.csv')
    equal(summary_of(case)['total']['response']['max'], 0.100001)
    # A header that names no times makes it no such file.
    case.write('other.csv', 'when,how-long,status\n1.0,0.1,200\n')
    assert 'no column says how long' in analyze(case, 'other.csv', code=2).stderr


@test
def columns_as_one_says(case):
    case.write('in.csv', ''.join(f'1700000000{i},45,{200 if i % 2 else 500},x\n' for i in range(100, 200)))
    assert '--columns time:ms,latency:ms,name,status' in analyze(case, 'in.csv', code=2).stderr
    for columns, expected in (('time:ms,latency:ms,status,name', (0.144, 50, {'x': 100})), ('time,latency:us,-', (0.099045, 0, {})),
                              ('end:ms, latency:ms, status', (0.144, 50, {}))):
        analyze(case, 'in.csv', '--columns', columns)
        summary = summary_of(case)
        equal((summary['duration'], summary['total']['failures'],
               {name: one['count'] for name, one in summary['requests'].items()}), expected, columns)
    # Above a header of other names, and with another delimiter.
    case.write('in.csv', 'wann;wie lange\n' + ''.join(f'{i};0,045\n' for i in range(100)))
    analyze(case, 'in.csv', '--columns', 'time:s,latency:s')
    equal((summary_of(case)['duration'], summary_of(case)['malformed']), (99.045, 0))
    for columns, expected in (('time,latency,status', "'latency' is not"), ('time,status', 'no column says how long'),
                              ('latency:ms', 'no column says when'), ('time,latency:h', "'latency:h' is not"),
                              ('time,latency:s', 'does not say which unit'), ('time:s,latency:s,status', 'has 2 columns'),
                              ('time:s,latency:s,time:s', "'time' stands there twice")):
        assert expected in analyze(case, 'in.csv', '--columns', columns, code=2).stderr, columns
    assert 'contradict' in analyze(case, 'in.csv', '--columns', 'time,latency:s', '--format', 'k6', code=2).stderr


# ---- Files that are not CSV. ----

def alike(case, one, other, *but):
    """Both files say the same, but for what is called @but."""
    summaries = []
    for path in (one, other):
        analyze(case, path)
        summary = summary_of(case)
        summaries.append({key: value for key, value in summary.items()
                          if key not in ('title', 'notes', 'lines', *but)})
    equal(*summaries)
    return summaries[0]


@test
def the_json_of_k6_and_vegeta_says_the_same_as_their_csv(case):
    lines = ['{"type":"Metric","data":{"name":"http_req_duration","type":"trend","contains":"time","submetrics":null},'
             '"metric":"http_req_duration"}']
    for row in records('k6.csv'):
        tags = {key: row[key] for key in ('name', 'url', 'error', 'error_code', 'expected_response', 'status', 'method')
                if row[key]}
        lines.append(json.dumps({'metric': row['metric_name'], 'type': 'Point', 'data': {
            'time': f'{datetime.datetime.fromtimestamp(int(row["timestamp"]), datetime.timezone.utc):%Y-%m-%dT%H:%M:%SZ}',
            'value': float(row['metric_value']), 'tags': tags}}))
    k6 = alike(case, SAMPLES / 'k6.csv', case.write('k6.json', '\n'.join(lines) + '\n'))
    assert {'timeout', 'connect-refused'} <= set(k6['failures_by_kind']), k6
    lines = []
    for stamp, code, latency, sent, received, error, body, attack, number, *_ in read('vegeta.csv'):
        seconds, ns = divmod(int(stamp), 10**9)
        when = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)
        lines.append(json.dumps({'attack': attack, 'seq': int(number), 'code': int(code), 'timestamp': f'{when:%Y-%m-%dT%H:%M:%S}.{ns:09}Z',
                                 'latency': int(latency), 'bytes_out': int(sent), 'bytes_in': int(received), 'error': error,
                                 'body': body, 'method': 'GET', 'url': 'http://a/', 'headers': {'Date': ['x']}}))
    vegeta = alike(case, SAMPLES / 'vegeta.csv', case.write('vegeta.json', '\n'.join(lines) + '\n'))
    assert {'timeout', 'connect-refused', 'reset'} <= set(vegeta['failures_by_kind']), vegeta


@test
def vegeta_in_gob(case):
    kinds = {3: 'connect-refused', 7: 'status 503'}
    summary = check(case, 'vegeta.gob.gz', [(1000000 + i * 137001) / 1e9 for i in range(40) if i % 10 != 3],
                    collections.Counter(kinds[i % 10] for i in range(40) if i % 10 in kinds), {'mixed': 40}, 9)
    equal(summary['total']['bytes'], sum(i * 100 for i in range(40)))
    equal(summary['duration'], round((39 * 25e6 + 1000000 + 39 * 137001) / 1e9, 9))


@test
def xml_of_jmeter(case):
    """Its samples count as those of JMeter's CSV do; a line is named where it stands in the XML."""
    says = 'Number of samples in transaction : 2, number of failing samples : 1'
    rows, elements = [], []
    for i in range(50):
        rows += [sample(i, 1000, 'Checkout', '', f'"{says}"', 'false'), sample(i, 100, 'GET /a?b=1&c=<2>'),
                 sample(i + 100, 900, 'POST /b', 'Non HTTP response code: java.net.SocketTimeoutException', 'Read timed out', 'false')]
        elements.append(
            f'<sample t="1000" ts="{START + i}" s="false" lb="Checkout" rc="" rm="{says}" by="9">\n'
            f'  <httpSample t="100" ts="{START + i}" s="true" lb="GET /a?b=1&amp;c=&lt;2&gt;" rc="200" rm="OK" by="9">\n'
            f'    <httpSample t="40" ts="{START + i}" s="true" lb="redirected" rc="302" rm="Found"/>\n'
            f'    <responseData class="java.lang.String">&lt;a&gt; <![CDATA[<sample t="1"/>]]></responseData>\n  </httpSample>\n'
            f'  <httpSample t="900" ts="{START + i + 100}" s="false" lb="POST /b" rm="Read timed out" '
            f'rc="Non HTTP response code: java.net.SocketTimeoutException"/>\n</sample>\n')
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<testResults version="1.2">\n'
    csv_file = case.write('in.csv', SHORT + ''.join(rows))
    for name, text in (('a.jtl', head + ''.join(elements) + '</testResults>\n'),
                       ('b.jtl', (head + ''.join(elements) + '</testResults>\n').encode('utf-16'))):
        xml = case.write(name, text)
        summaries = []
        for path in (csv_file, xml):
            analyze(case, path)
            summaries.append({key: summary_of(case)[key] for key in ('duration', 'requests', 'journeys', 'failures_by_kind')})
        for one in (*summaries[1]['requests'].values(), *summaries[1]['journeys'].values()):
            one.pop('bytes')
        equal(*summaries)
    equal({name: one['count'] for name, one in summaries[0]['journeys'].items()}, {'Checkout': 50})
    broken = head + elements[0] + '<sample t="never" ts="1700000000000" s="true" lb="x" rc="200"/>\n' + elements[1]
    result = analyze(case, case.write('cut.jtl', broken), code=3)
    assert 'cut.jtl:10: a time is not a number' in result.stderr and 'its XML ends too early' in result.stderr, result
    equal(summary_of(case)['total']['count'], 4)


@test
def details_of_ghz(case):
    details = [{'timestamp': f'2023-11-14T22:13:{20 + i // 10}.{i % 10}5Z', 'latency': 1000000 + i * 1000,
                'error': 'rpc error: "x" }' if i % 5 == 0 else '', 'status': 'Internal' if i % 5 == 0 else 'OK'} for i in range(40)]
    report = {'name': 'x', 'endReason': 'normal', 'options': {'call': 'a.B/C'}, 'date': '2023-11-14T22:13:20Z', 'count': 40,
              'total': 4000000000, 'average': 1, 'fastest': 1, 'slowest': 2, 'rps': 10.0, 'histogram': [{'mark': 1}],
              'details': details, 'tags': {}}
    for indent in (None, 2):
        analyze(case, case.write('ghz.json', json.dumps(report, indent=indent)))
        summary = summary_of(case)
        equal((summary['total']['count'], summary['failures_by_kind'], summary['total']['response']['max']),
              (40, {'Internal': 8}, 0.001039))
        equal(summary['duration'], 3.901)


@test
def rows_without_a_name_are_nobody_elses(case):
    case.write('named.jtl', SHORT + ''.join(sample(i, 5, 'a' if i % 2 else 'b') for i in range(40)))
    case.write('oha.csv', 'request-start,request-duration,bytes,status\n' + ''.join(f'{i / 1000},0.5,7,200\n' for i in range(30)))
    case.write('h2load.log', ''.join(f'{START + i}000\t200\t700000\n' for i in range(20)))
    for order in (('named.jtl', 'oha.csv', 'h2load.log'), ('h2load.log', 'oha.csv', 'named.jtl')):
        analyze(case, *order)
        summary = summary_of(case)
        equal({name: (one['count'], one['response']['max']) for name, one in summary['requests'].items()},
              {'': (50, .7), 'a': (20, .005), 'b': (20, .005)})
        equal(summary['total']['count'], 90)


@test
def the_database_of_oha_by_the_command_that_its_refusal_says(case):
    if shutil.which('sqlite3') is None:
        skip('has no sqlite3')
    database = sqlite3.connect(case.directory / 'oha.db')
    database.execute('CREATE TABLE oha (url TEXT NOT NULL, start REAL NOT NULL, start_latency_correction REAL, end REAL NOT '
                     'NULL, duration REAL NOT NULL, status INTEGER NOT NULL, len_bytes INTEGER NOT NULL)')
    for i in range(20):
        database.execute('INSERT INTO oha VALUES (?, ?, ?, ?, ?, ?, ?)', ('http://a/', i / 10, None, i / 10 + .0125, .0125, 200 + i % 2 * 300, 7))
    database.commit()
    result = analyze(case, 'oha.db', code=2)
    command = re.search(r"makes: (sqlite3 .*) \| thrum-analyze -", result.stderr)[1].replace('FILE', 'oha.db')
    rows = subprocess.run(command, shell=True, cwd=case.directory, check=True, capture_output=True, text=True).stdout
    analyze(case, case.write('rows.csv', rows))
    summary = summary_of(case)
    equal((summary['total']['count'], summary['failures_by_kind'], summary['total']['bytes'], summary['duration']),
          (20, {'status 500': 10}, 140, 1.9125))


# ---- What the whole program makes of odd files: the rows are JMeter's, in ms from START on. ----

START = 1700000000000
SHORT = 'timeStamp,elapsed,label,responseCode,responseMessage,success\n'


def sample(begin, elapsed, label='a', code='200', message='OK', success='true'):
    return f'{START + begin},{elapsed},{label},{code},{message},{success}\n'


def analyze_rows(case, *rows, head=SHORT, name='in.jtl', arguments=(), code=0):
    case.write(name, head + ''.join(rows))
    result = analyze(case, name, *arguments, code=code)
    return summary_of(case), result


def intervals(case):
    with open(case.directory / 'out/intervals.csv', newline='') as file:
        return list(csv.DictReader(file))


@test
def transactions_are_journeys(case):
    says = '"Number of samples in transaction : 2, number of failing samples : {}"'
    rows = [line for i in range(50) for line in (
        sample(i, 1000, 'Checkout', message=says.format(0)), sample(i, 100, 'GET /a'),
        sample(i, 900, 'Checkout', '500', 'no', 'false'), sample(i, 300, 'Other', '', says.format(1), 'false'))]
    summary, result = analyze_rows(case, *(row[:-1] + ',1000\n' for row in rows), head=SHORT[:-1] + ',bytes\n',
                                   arguments=['--threshold', 'Other:failures=50%'], code=1)
    equal([summary['total'][key] for key in ('count', 'failures', 'bytes')], [100, 50, 100000])
    equal({name: (one['count'], one['failures'], one['response']['max']) for name, one in summary['requests'].items()},
          {'Checkout': (50, 50, 0.9), 'GET /a': (50, 0, 0.1)})
    equal({name: (one['count'], one['failures'], one['bytes'], one['response']['p50'])
           for name, one in summary['journeys'].items()}, {'Checkout': (50, 0, 50000, 1.0), 'Other': (50, 50, 50000, 0.3)})
    assert re.search(r'(?m)^journeys, .*\n  Checkout +50 ', result.stdout) and 'FAILED  Other: failures' in result.stdout
    # With generated parent samples there is nothing else.
    summary, _ = analyze_rows(case, *(sample(i, 30, 'Checkout', message=says.format(0)) for i in range(50)))
    equal((summary['total']['count'], list(summary['requests']), 'journeys' in summary), (50, ['Checkout'], False))
    assert 'generated parent samples' in summary['notes'][0], summary['notes']


@test
def whole_seconds_stand_for_their_second(case):
    head = 'metric_name,timestamp,metric_value,name,status,expected_response\n'
    for stamp in (lambda s: 1700000000 + s, lambda s: (1700000000 + s) * 1000,
                  lambda s: f'2023-11-14T22:13:{20 + s}Z'):
        summary, _ = analyze_rows(case, *(f'http_req_duration,{stamp(i // 100)},2,u,200,true\n' for i in range(1000)),
                                  head=head, arguments=['--interval', '300ms'])
        equal((summary['duration'], summary['total']['throughput'], summary['interval']), (10, 100, 1))
        equal([row['count'] for row in intervals(case)], ['100'] * 10)
    summary, _ = analyze_rows(case, *['http_req_duration,1700000000,2,u,200,true\n'] * 500, head=head)
    equal((summary['duration'], summary['total']['throughput']), (1, 500))
    # Beginnings that are whole seconds do the same; a time-out began before the first end.
    summary, _ = analyze_rows(case, *(f'2023/11/14 22:13:{20 + i // 10},30,a,200,OK,true\n' for i in range(40)))
    equal((summary['duration'], [row['count'] for row in intervals(case)]), (4, ['10'] * 4))
    summary, _ = analyze_rows(case, 'http_req_duration,1700000000,9500,u,0,false\n' * 2, head=head)
    equal(summary['duration'], 10)


@test
def rows_far_from_all_others_are_told(case):
    test = [sample(i, 5) for i in range(900)]
    for far, text in (([sample(-START, 0, 'bad url', 'x', 'no protocol: x', 'false')], '1970-01-01 00:00:00'),
                      ([sample(86400000 * 30, 5)], '2023-12-14 22:13:20'), ([sample(-3600000, 5)], '2023-11-14 21:13:20'),
                      ([sample(5, START)], '2077-09-27 20:26:40'),
                      ([sample(-START, 5), sample(86400000, 5)], '1970-01-01 00:00:00 UTC to 2023-11-15 22:13:20')):
        for rows in (far + test, test + far, test[:300] + far + test[300:]):
            summary, _ = analyze_rows(case, *rows)
            equal((summary['duration'], summary['total']['count']), (0.904, 900 + len(far)), text)
            equal(sum(int(row['count']) for row in intervals(case)), 900, text)
            equal(len(summary['notes']), 1, text)
            assert text in summary['notes'][0] and 'far from all others' in summary['notes'][0], summary['notes']
    summary, _ = analyze_rows(case, *(f'{i / 10 + .05:.3f},0.05,200\n' for i in range(200)), '999999.5,0.1,500\n',
                              head='', name='in.csv')
    equal((summary['duration'], summary['failures_by_kind']), (19.95, {'status 500': 1}))


@test
def several_tests_in_one_file_are_told(case):
    one = [sample(i * 100, 30) for i in range(100)]
    summary, _ = analyze_rows(case, *one, *(sample(600000 + i * 100, 30) for i in range(100)))
    assert re.match('Nothing was under way for 590 s, from 10.0 s on:', summary['notes'][0]), summary['notes']
    # Of two columns, each from its own start; more than a chunk long, too, and in either order of threads.
    for n in (100, 30000):
        test = [f'{i / 10 + .05:.3f},0.050,200\n' for i in range(n)]
        summary, _ = analyze_rows(case, *test, *test, head='', name='in.csv')
        equal(len(summary['notes']), 1)
        line = int(re.match(r'Time begins anew in in.csv, once, near line (\d+):', summary['notes'][0])[1])
        assert n < line <= n + 65, line
    # Neither long requests, sorted by their beginnings, nor rows sorted by their times or backwards are that.
    for rows in ([sample((1000 - i) * 100, 30) for i in range(1000)], [sample(i * 20, 30000 if i % 10 == 0 else 5) for i in range(2000)],
                 sorted((sample(i * 20, i * 7919 % 3000) for i in range(2000)), key=lambda row: int(row.split(',')[1]))):
        equal(analyze_rows(case, *rows)[0]['notes'], [])


@test
def files_with_and_without_dates_in_any_order(case):
    case.write('a.jtl', SHORT + ''.join(sample(i * 100 + 1, 30) for i in range(100)))
    case.write('b.csv', 'metric_name,timestamp,metric_value,name,status,expected_response\n'
               + ''.join(f'http_req_duration,{1700000005.5 + i / 10},3,u,200,true\n' for i in range(100)))
    case.write('c.csv', ''.join(f'{i / 10 + .05:.3f},0.050,200\n' for i in range(100)))
    seen = set()
    for order in (('a.jtl', 'b.csv', 'c.csv'), ('c.csv', 'b.csv', 'a.jtl'), ('b.csv', 'c.csv', 'a.jtl')):
        analyze(case, *order)
        summary = summary_of(case)
        equal((summary['duration'], summary['total']['count'], summary['notes']),
              (15.399, 300, ['c.csv has no time of day: it is taken to begin with the first of the others.']))
        seen.add(json.dumps(summary['intervals_95']))
    equal(len(seen), 1)


@test
def more_names_than_places(case):
    often = [sample(i, 7, '/often') for i in range(1500) for _ in range(2)]
    rows = [sample(i, 5, f'/item/{i}') for i in range(1500)] + often
    texts = set()
    for jobs in ('1', '3'):
        summary, _ = analyze_rows(case, *rows, arguments=['--jobs', jobs, '--threshold', '/often:max=7ms',
                                                          '--threshold', '(others):max=5ms'])
        texts.add((case.directory / 'out/summary.json').read_text())
    requests = summary['requests']
    equal((len(requests), requests['/often']['count'], requests['(others)']['count']), (1024, 3000, 1500 - 1022))
    assert all(one['count'] == 1 for name, one in requests.items() if name not in ('/often', '(others)'))
    equal((len(texts), summary['notes'][0][:32]), (1, 'There are 1,501 names of request'))
    name = next(f'/item/{i}' for i in range(1500) if f'/item/{i}' not in requests)
    result = analyze(case, 'in.jtl', '--threshold', f'{name}:p99=1s', code=2)
    assert f'cannot judge {name}:p99' in result.stderr, result
    # Kinds of failure, too.
    summary, _ = analyze_rows(case, *(sample(i, 5, code=str(400 + i), success='false') for i in range(1500)))
    equal(sum(summary['failures_by_kind'].values()), 1500)
    assert '(others)' in summary['failures_by_kind'] and 'kinds of failure' in summary['notes'][0], summary['notes']


@test
def names_are_told_apart(case):
    names = ['https://shop.example/api/list', 'https://shop.example/api/detail', '/item?id=5:a=b', '/q?' + 'x' * 260 + 'fast',
             '/q?' + 'x' * 260 + 'slow', '/q?' + 'x' * 260 + 'y' * 40, '/q?' + 'x' * 261 + 'y' * 40, '"a ""b"", c"', '"a\nb"', '"a\tb"']
    summary, result = analyze_rows(case, *(sample(i, 5 + i, name) for i, name in enumerate(names)),
                                   arguments=['--threshold', '/item?id=5:a=b:p99=250ms', '--threshold', 'p99 = 1s'])
    equal({name: one['response']['max'] for name, one in summary['requests'].items()},
          {name: (5 + i) / 1000 for i, name in enumerate(names[:7] + ['a "b", c', 'a?b', 'a?b~2'])})
    shown = re.findall(r'(?m)^  (\S.*?) +1 +0.00%', result.stdout)
    equal((len(shown), len(set(shown)), max(map(len, shown))), (len(names), len(names), 48))
    assert 'https://shop.example/api/list' in shown and 'passed  /item?id=5:a=b: p99' in result.stdout, shown
    page = (case.directory / 'out/report.html').read_text()
    assert all(name.replace('/', '/<wbr>')[-30:] in page for name in names[3:7])


@test
def each_file_has_a_report_of_its_own(case):
    names = ['results.2024-01-01.jtl', 'results.2024-01-02.jtl', 'same.csv', 'same.jtl', 'same', 'same.csv.gz', 'b/same.csv', '.csv']
    for i, name in enumerate(names):
        text = f'{i + 1}.0,0.{i + 1},200\n'
        case.write(name, gzip.compress(text.encode()) if name.endswith('.gz') else text)
    folders = set()
    for i, name in enumerate(names):
        result = harness.analyze(case, name, '--no-plots')
        folders.add(re.search(r'report: (.*)/report.html', result.stdout)[1])
    equal(len(folders), len(names))
    assert {'results.2024-01-01.jtl-report', 'same.csv-report', 'b/same-report'} <= {folder.removeprefix('./') for folder in folders}, folders


if __name__ == '__main__':
    main()
