# SPDX-License-Identifier: MIT
"""Load models end to end: what the plan says is offered, and what is offered is accounted for."""

import csv
import json

from harness import equal, main, test

TEST_INI = '''[load]
{load}
timeout = 20s

[results]
columns = elapsed, response, status, service, failure, intended, slot, sent, lag, worker, user

[target it]
plugin = {plugin}
url = {url}
'''


# More than 1% dropped: the service's doing, or, on a busy machine, thrum's.
MAY_DROP = (0, 1)


class Run:
    """A finished run of the given [load] lines against a `thrum target`."""

    def __init__(self, case, url, load, plugin='http1', codes=(0,), out='out'):
        path = case.write(f'{out}.ini', TEST_INI.format(load=load, plugin=plugin, url=url))
        folder = case.directory / out
        self.process = case.thrum('run', '--quiet', '--output', folder, path)
        assert self.process.returncode in codes, self.process
        self.text = self.process.stdout
        self.json = json.loads((folder / 'run.json').read_text())
        self.counts, self.all = self.json['counts'], self.json['all']
        names = self.json['columns']
        with open(folder / 'results.csv', newline='') as file:
            self.rows = [dict(zip(names, row)) for row in csv.reader(file)]

    def column(self, name):
        return [float(row[name]) for row in self.rows]

    def check_conserved(self):
        counts, everything = self.counts, self.all
        ended = (everything['ok'] + everything['failed'] + everything['timed_out']
                 + everything['unfinished'])
        equal(ended + everything['warm_up'], len(self.rows), 'rows')
        equal(counts['sent'], len(self.rows), 'sent')
        equal(counts['offered'], counts['sent'] + counts['dropped'], 'offered')
        equal(counts['conserved'], True)
        for row in self.rows:
            response, service = float(row['response']), float(row['service'])
            wait = float(row['slot']) - float(row['intended'])
            assert abs(response - wait - float(row['lag']) - service) < 5e-6, row
        return self


def served(target):
    """Requests that the target says it answered."""
    return target.stats()['requests']


@test
def every_arrival_is_accounted_for(case):
    for plugin in 'http', 'http1':
        for processes in 1, 2, 4:
            for overload in 'drop', 'queue':
                target = case.target('--delay', '2ms')
                run = Run(case, target.url, f'duration = 1s\nrate = 200/s\noverload = {overload}\n'
                          f'processes = {processes}\nmax-in-flight = 8', plugin, MAY_DROP,
                          out=f'{plugin}-{processes}-{overload}')
                run.check_conserved()
                equal(run.counts['offered'], 200, 'offered')
                equal(served(target), len(run.rows), 'served')
                if overload == 'queue':
                    equal(run.counts['dropped'], 0)
                target.stop()


@test
def workers_merge_into_one_uniform_stream(case):
    target = case.target()
    for plugin in 'http', 'http1':
        run = Run(case, target.url, 'duration = 1s\nrate = 300/s\noverload = queue\n'
                  'processes = 4\nmax-in-flight = 16', plugin, out=plugin).check_conserved()
        for k, intended in enumerate(sorted(run.column('intended'))):
            assert abs(intended - k / 300) < 2e-6, (k, intended)
        equal(sorted(int(row['user']) for row in run.rows), list(range(300)))
        # Arrival k is worker k mod 4's.
        assert all(int(row['user']) % 4 == int(row['worker']) for row in run.rows)


@test
def poisson_arrivals_follow_the_seed(case):
    target = case.target()
    load = ('duration = 1s\nrate = 400/s\narrivals = poisson\noverload = queue\nprocesses = 2\n'
            'max-in-flight = 8\nseed = ')
    first, again, other = (sorted(Run(case, target.url, load + seed, out=out).check_conserved()
                                  .column('intended'))
                           for seed, out in (('1', 'first'), ('1', 'again'), ('2', 'other')))
    equal(first, again)
    assert first != other
    # 400 +- 6 standard deviations.
    assert 280 < len(first) < 520, len(first)


@test
def overload_drops_and_says_why(case):
    target = case.target('--delay', '200ms')
    for plugin in 'http', 'http1':
        run = Run(case, target.url, 'duration = 2s\nrate = 100/s\nprocesses = 2\n'
                  'max-in-flight = 4', plugin, MAY_DROP, out=plugin).check_conserved()
        equal(run.counts['offered'], 200)
        # Four slots of 200 ms carry 20/s at most.
        assert 0 < len(run.rows) <= 44, len(run.rows)
        assert 'dropped' in run.text and 'max-in-flight' in run.text, run.text
        # Who was sent found a slot at once.
        assert max(run.column('slot')) <= 2.0


@test
def far_beyond_reach_replies_are_still_read(case):
    target = case.target()
    run = Run(case, target.url, 'duration = 1s\nrate = 1000000/s\noverload = drop\n'
              'processes = 1\nmax-in-flight = 2000')
    run.check_conserved()
    equal(run.counts['offered'], 1000000, 'offered')
    equal(run.all['unfinished'], 0, 'unfinished')
    equal(run.all['ok'], len(run.rows), 'answered')
    equal(run.json['verdict']['level'], 'INVALID')


@test
def overload_queues_and_counts_the_wait(case):
    target = case.target('--delay', '50ms')
    for plugin in 'http', 'http1':
        run = Run(case, target.url, 'duration = 1s\nrate = 100/s\nprocesses = 2\n'
                  'max-in-flight = 4\noverload = queue', plugin, out=plugin).check_conserved()
        equal(run.counts['offered'], 100)
        equal(run.counts['dropped'], 0)
        equal(len(run.rows), 100)
        # 80/s at most: the last arrival, due at 0.99 s, waits for 96 before it.
        last = max(run.rows, key=lambda row: float(row['intended']))
        assert float(last['slot']) - float(last['intended']) > 0.1, last
        assert max(run.column('response')) > max(0.25, 0.9 * min(run.column('service')))
        assert min(run.column('service')) >= 0.0499


@test
def a_queue_that_outlasts_the_drain_is_dropped(case):
    target = case.target('--delay', '300ms')
    for plugin in 'http', 'http1':
        run = Run(case, target.url, 'duration = 1s\nrate = 100/s\nprocesses = 1\n'
                  'max-in-flight = 2\noverload = queue\ndrain = 0s', plugin,
                  MAY_DROP, out=plugin).check_conserved()
        equal(run.counts['offered'], 100)
        assert run.counts['dropped'] >= 90, run.counts
        assert run.all['unfinished'] <= 2


@test
def warm_up_is_recorded_but_left_out(case):
    target = case.target()
    for plugin in 'http', 'http1':
        run = Run(case, target.url, 'duration = 1s\nrate = 100/s\nwarm-up = 300ms\n'
                  'overload = queue\nmax-in-flight = 4', plugin, out=plugin).check_conserved()
        equal(len(run.rows), 100)
        equal(run.all['warm_up'], 30)
        equal(run.all['rows'], 70)
        equal(run.all['response']['count'], 70)
    run = Run(case, target.url, 'duration = 1s\nusers = 4\ninterval = 100ms\nwarm-up = 500ms',
              'http', out='closed').check_conserved()
    equal(run.all['warm_up'], sum(intended < 0.5 for intended in run.column('intended')))
    assert run.all['warm_up'] >= 4


@test
def the_rate_ramps_up_in_a_line(case):
    target = case.target()
    for plugin in 'http', 'http1':
        run = Run(case, target.url, 'duration = 2s\nramp-up = 1s\nrate = 200/s\noverload = queue\n'
                  'processes = 2\nmax-in-flight = 8', plugin, out=plugin).check_conserved()
        # 100 arrivals on the ramp, 200 after it; the k-th of the ramp at sqrt (k / 100).
        equal(run.counts['offered'], 300)
        for k, intended in enumerate(sorted(run.column('intended'))):
            due = (k / 100) ** 0.5 if k < 100 else 1 + (k - 100) / 200
            assert abs(intended - due) < 2e-6, (k, intended, due)


@test
def stages_of_a_rate_step_and_pause(case):
    target = case.target()
    run = Run(case, target.url, 'stages = 0s 100/s, 500ms 100/s, 500ms 0/s, 1s 0/s, 1s 50/s, '
              '1500ms 50/s\noverload = queue\nprocesses = 2').check_conserved()
    intended = sorted(run.column('intended'))
    equal(len(intended), 75)
    equal([k for k, at in enumerate(intended) if 0.5 <= at < 1], [])
    equal(run.json['duration'], 1.5)


@test
def users_leave_and_come_back(case):
    target = case.target()
    stages = 'stages = 0s 4, 500ms 4, 500ms 0, 1s 0, 1s 2, 1500ms 2\n'
    for plugin in 'http', 'http1':
        for processes in 1, 2, 4:
            run = Run(case, target.url, stages + f'interval = 50ms\nprocesses = {processes}',
                      plugin, out=f'{plugin}-{processes}').check_conserved()
            early = {int(row['user']) for row in run.rows if float(row['intended']) < 0.5}
            late = {int(row['user']) for row in run.rows if float(row['intended']) >= 1}
            equal(early, {0, 1, 2, 3})
            equal(late, {0, 1})
            assert not [at for at in run.column('intended') if 0.5 <= at < 1], plugin
            equal(served(target), len(run.rows), 'served')
            target.stop()
            target = case.target()


@test
def a_rate_on_the_command_line(case):
    target = case.target()
    process = case.thrum('run', '--quiet', '--json', '-r', '50/s', '-d', '1s', target.url)
    equal(process.returncode, 0, repr(process))
    document = json.loads(process.stdout)
    equal(document['counts']['offered'], 50)
    equal(served(target), document['counts']['sent'])


@test
def a_rate_means_that_rate(case):
    """Without a word on slots, sessions are made as arrivals need them: none is dropped."""
    target = case.target('--delay', '60ms')
    run = Run(case, target.url, 'duration = 2s\nrate = 300/s\nprocesses = 2\non-invalid = warn',
              'http').check_conserved()
    equal(run.counts['dropped'], 0, 'dropped')
    equal(len(run.rows), 600, 'rows')
    equal(max(float(row['slot']) - float(row['intended']) for row in run.rows), 0, 'slot wait')
    # 18 are busy at a time; it would take stops of 2 s to need half of what a session each would be.
    assert 10 < target.stats()['connections'] < 300, target.stats()


@test
def the_plan_shows_the_open_model(case):
    target = case.target()
    path = case.write('test.ini', TEST_INI.format(
        load='duration = 60s\nramp-up = 10s\nrate = 1000/s\nprocesses = 2\nmax-in-flight = 30\n'
             'threads = 2', plugin='http1', url=target.url))
    process = case.thrum('run', '--check', path)
    equal(process.returncode, 0, repr(process))
    for line in ('0s 0/s, 10s 1000/s, 1m 1000/s', 'uniform, 55000 in all',
                 '0: 2 event loops, at most 15 requests in flight (slots of each: 8, 7)'):
        assert line in process.stdout, (line, process.stdout)
    equal(served(target), 0)


if __name__ == '__main__':
    main()
