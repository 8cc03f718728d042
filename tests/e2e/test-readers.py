# SPDX-License-Identifier: MIT
"""The readers on results that the tools wrote (samples/README.md), against Python's csv module."""

import collections
import csv
import json
import pathlib
import re

import harness
from harness import equal, main, test

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
            ('<?xml version="1.0"?>\n<testResults>\n', [], r'output_format=csv'),
            ('{"metric":"http_reqs"}\n', [], r'JSON is not read'),
            ('1700000000000,5,a,200,OK,t,text,true\n', [], r'without its header.*print_field_names=true'),
            ('1.0,0.1,200\n', ['--format', 'k6'], r"line 1, '1.0,0.1,200', is not k6: expected a header with metric_name"),
            (HEADER + 'at noon,5,a,200,OK,t,text,true,,1\n' * 3, [],
             r'none of its 3 lines .* is a row of jmeter: in.csv:2: a time is not a number'),
            ('x\n1.0,y,200\n1.0,0.1,200\n' + '1.0,z,200\n' * 2, ['--format', 'columns'], None)):
        case.write('in.csv', text)
        result = analyze(case, 'in.csv', *arguments, code=0 if expected is None else 2)
        assert expected is None or re.search(expected, result.stderr), result


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
    # A header that names no times is none.
    case.write('other.csv', 'when,how-long,status\n1.0,0.1,200\n')
    assert '1 of 2 lines' in analyze(case, 'other.csv').stderr


if __name__ == '__main__':
    main()
