# SPDX-License-Identifier: MIT
"""The verdict end to end: what disturbs the generator changes it, what the service does never; and
thresholds that end a run.

A test machine may be too busy for a VALID run, so that is not asked of it here: tests/truth/verdicts.py
does, by hand. What is asked must come however busy it is."""

import csv
import json
import os
import signal
import sys
import time

from harness import THRUM, equal, main, test, wait_until

TEST_INI = '''[load]
{load}

[target it]
plugin = {plugin}
url = {url}
{more}
'''


# No machine of this kind sends a million requests per second.
BEYOND_REACH = 'duration = 2s\nrate = 1000000/s\nmax-in-flight = 50\nprocesses = 1\ndrain = 1s'


class Run:
    """A run of the given [load] lines, started."""

    def __init__(self, case, url, load, plugin='http1', more='', out='out', wrapper=()):
        path = case.write(f'{out}.ini',
                          TEST_INI.format(load=load, plugin=plugin, url=url, more=more))
        self.folder = case.directory / out
        self.process = case.start([*wrapper, THRUM, 'run', '--quiet', '--output',
                                   self.folder, path])

    def workers(self, n):
        return wait_until(lambda: len(self.process.children()) == n and self.process.children(),
                          what='the workers')

    def wait_for_rows(self):
        path = self.folder / 'results.csv'
        wait_until(lambda: path.exists() and path.stat().st_size > 0, what='the first rows')

    def end(self, *codes):
        code = self.process.wait()
        assert code in codes, self.process
        self.text = self.process.stdout
        self.json = json.loads((self.folder / 'run.json').read_text())
        self.level = self.json['verdict']['level']
        assert f'verdict       {self.level}' in self.text, self.text
        return self

    def counts_dropped(self):
        return self.json['counts']['dropped']

    def stop_a_worker(self, n_workers, which, seconds):
        """Keeps one of the workers from running for a while."""
        worker = self.workers(n_workers)[which]
        self.wait_for_rows()
        os.kill(worker, signal.SIGSTOP)
        time.sleep(seconds)
        os.kill(worker, signal.SIGCONT)

    def threshold(self, key):
        return next(threshold for threshold in self.json['thresholds'] if threshold['key'] == key)

    def reason(self, signal_name):
        return next((reason for reason in self.json['verdict']['reasons']
                     if reason['signal'] == signal_name), None)


@test
def a_stopped_worker_makes_it_invalid(case):
    target = case.target()
    run = Run(case, target.url, 'duration = 3s\nrate = 500/s\nprocesses = 2\ndrain = 20s')
    run.stop_a_worker(2, 0, seconds=0.4)
    run.end(4)
    equal(run.level, 'INVALID')
    # 100 of 1500 requests were to be sent in these 400 ms: p95 and p99 are thrum's.
    reason = run.reason('bracket')
    equal(reason['level'], 'INVALID')
    assert reason['figure'] > 0.5, reason
    assert max(w['longest_hiccup_ns'] for w in run.json['workers']) > 300e6, run.json['workers']
    equal(run.reason('stalled')['level'], 'INVALID')
    assert 'workers stood still' in run.text and "thrum's part at most" in run.text, run.text
    whole, ours = run.json['all']['response'], run.json['all']['response_less_lag']
    assert ours['p99_ns'] < 0.5 * whole['p99_ns'] and ours['count'] == whole['count'], (whole, ours)


STOPPED = 'duration = 2s\nrate = 500/s\nprocesses = 1\ndrain = 20s'


@test
def what_a_stopped_worker_hides_is_undecided(case):
    """Neither green nor red: 40% of the requests were sent late, by up to 0.8 s."""
    target = case.target('--delay', '1ms')
    run = Run(case, target.url, STOPPED, more='[thresholds]\np99 = 50ms')
    run.stop_a_worker(1, 0, seconds=0.8)
    run.end(4)
    threshold = run.threshold('p99')
    equal(threshold['judgement'], 'undecided')
    assert threshold['most_ns'] > 500e6, threshold
    assert 'UNDECIDED' in run.text and 'nobody can say' in run.text, run.text


@test
def what_holds_all_the_same_is_good(case):
    target = case.target('--delay', '1ms')
    run = Run(case, target.url, STOPPED, more='[thresholds]\np99 = 20s')
    run.stop_a_worker(1, 0, seconds=0.8)
    run.end(0)
    equal((run.level, run.threshold('p99')['judgement']), ('INVALID', 'passed'))
    # Who wants it is told by the exit code, too.
    run = Run(case, target.url, STOPPED + '\non-invalid = fail', more='[thresholds]\np99 = 20s', out='fail')
    run.stop_a_worker(1, 0, seconds=0.8)
    run.end(4)


@test
def a_slow_service_is_to_blame_however_noisy_it_is_here(case):
    target = case.target('--delay', '1s')
    run = Run(case, target.url, 'duration = 2s\nrate = 100/s\nprocesses = 1', more='[thresholds]\np99 = 50ms')
    worker, = run.workers(1)
    run.wait_for_rows()
    for _ in range(20):
        os.kill(worker, signal.SIGSTOP)
        time.sleep(0.01)
        os.kill(worker, signal.SIGCONT)
        time.sleep(0.01)
    run.end(1)
    threshold = run.threshold('p99')
    equal(threshold['judgement'], 'failed')
    assert threshold['least_ns'] >= 1e9, threshold


@test
def more_than_a_little_dropped_has_failed(case):
    target = case.target('--delay', '1s')
    load = 'duration = 1s\nrate = 100/s\nmax-in-flight = 40\nprocesses = 1'
    run = Run(case, target.url, load).end(1)
    threshold = run.threshold('dropped')
    equal((threshold['limit'], threshold['judgement']), ('1%', 'failed'))
    assert threshold['measured'] > 0.5, threshold
    assert 'asked 100.0/s, answered' in run.text and 'dropped <= 1%' in run.text, run.text
    run = Run(case, target.url, load + '\non-invalid = warn', more='[thresholds]\ndropped = 100%', out='allowed').end(0)
    equal(run.threshold('dropped')['judgement'], 'passed')


@test
def a_run_without_a_success_has_failed(case):
    target = case.target('--errors', '100%')
    load = 'duration = 1s\nusers = 2\ninterval = 10ms\nprocesses = 1\non-invalid = warn'
    run = Run(case, target.url, load).end(1)
    equal((run.json['all']['ok'], run.json['all']['statuses'].keys()), (0, {'500'}))
    assert 'FAILED: not one request succeeded' in run.text, run.text
    # Unless that is what was wanted.
    for i, more in enumerate(('expect-status = 500', '[thresholds]\nfailures = 100%')):
        run = Run(case, target.url, load, more=more, out=f'wanted-{i}').end(0)
        assert 'FAILED' not in run.text, run.text


@test
def one_rate_is_told_everywhere(case):
    """Replies in the drain are none of it."""
    target = case.target('--delay', '300ms')
    run = Run(case, target.url, 'duration = 1s\nrate = 100/s\nprocesses = 1\non-invalid = warn',
              more='[thresholds]\nrate = 1/s').end(0)
    with open(run.folder / 'results.csv', newline='') as file:
        answered = sum(float(row[0]) <= 1 for row in csv.reader(file))
    equal((run.json['all']['answered'], run.json['all']['rate']), (answered, float(answered)))
    equal(run.threshold('rate')['measured'], float(answered))
    assert 50 < answered <= 70, answered
    assert run.json['all']['rate_at_most'] >= answered, run.json['all']
    assert run.text.count(f'{answered:.1f}/s') == 3, run.text


@test
def a_stopped_worker_of_a_session_plugin_too(case):
    target = case.target()
    run = Run(case, target.url, 'duration = 3s\nusers = 8\ninterval = 20ms\nprocesses = 2', 'http')
    run.stop_a_worker(2, 1, seconds=0.4)
    run.end(4)
    assert max(w['longest_hiccup_ns'] for w in run.json['workers']) > 300e6, run.json['workers']
    # Four users late once each; but 80 of 1200 requests were not made in these 400 ms. Where the stop fell on
    # replies that they waited for, that says so which tells what workers stood still.
    assert 'INVALID' in [run.reason(signal)['level'] for signal in ('achieved', 'stalled')
                         if run.reason(signal) is not None], run.json['verdict']


@test
def a_stopped_worker_of_users_without_a_schedule_too(case):
    target = case.target()
    run = Run(case, target.url, 'duration = 3s\nusers = 4\nprocesses = 1')
    run.stop_a_worker(1, 0, seconds=1)
    run.end(4)
    # Four requests were under way; what the others would have been nobody knows.
    reason = run.reason('stalled')
    equal(reason['level'], 'INVALID')
    assert reason['figure'] > 0.2, reason


@test
def a_worker_that_died_leaves_no_valid_run(case):
    target = case.target()
    run = Run(case, target.url, 'duration = 2s\nrate = 200/s\nprocesses = 2')
    worker = run.workers(2)[0]
    run.wait_for_rows()
    os.kill(worker, signal.SIGKILL)
    run.end(3)
    equal(run.reason('incomplete')['level'], 'INVALID')


@test
def a_hog_on_its_cpu_changes_it(case):
    target = case.target()
    cpu = min(os.sched_getaffinity(0))
    hog = f'import os; os.sched_setaffinity(0, [{cpu}])\nwhile True: pass'
    hogs = [case.start([sys.executable, '-c', hog]) for _ in range(6)]
    run = Run(case, target.url, 'duration = 3s\nrate = 500/s\nprocesses = 1\n'
              'on-invalid = warn', wrapper=['taskset', '-c', str(cpu)]).end(0)
    for process in hogs:
        process.stop()
    assert run.level in ('DEGRADED', 'INVALID'), run.text
    assert run.reason('bracket') or run.reason('stalled'), run.text


@test
def the_report_says_it_too(case):
    target = case.target()
    run = Run(case, target.url, BEYOND_REACH).end(4)
    process = case.analyze(run.folder, '--no-plots')
    assert process.returncode in (0, 4), process
    for text in process.stdout, (run.folder / 'report' / 'report.html').read_text():
        assert 'INVALID' in text and run.reason('achieved')['text'][:40] in text, text


@test
def a_rate_beyond_reach_makes_it_invalid(case):
    target = case.target()
    for plugin in 'http', 'http1':
        run = Run(case, target.url, BEYOND_REACH, plugin, out=plugin).end(4)
        equal(run.level, 'INVALID')
        equal(run.reason('achieved')['level'], 'INVALID')
        assert 'rate' in run.reason('achieved')['text']


@test
def a_service_that_fails_everything_is_none_of_its_business(case):
    target = case.target('--errors', '100%')
    run = Run(case, target.url, 'duration = 1s\nusers = 2\ninterval = 10ms\nprocesses = 1').end(1)
    equal(run.json['all']['ok'], 0)
    for reason in run.json['verdict']['reasons']:
        assert reason['signal'] in ('bracket', 'achieved', 'stalled', 'hiccups', 'run-delay', 'cpu', 'requests',
                                    'pacing'), reason


@test
def a_slow_service_is_told_from_a_slow_generator(case):
    target = case.target('--delay', '100ms')
    run = Run(case, target.url, 'duration = 2s\nrate = 200/s\nmax-in-flight = 2\n'
              'processes = 1').end(1, 4)
    reason = run.reason('dropped')
    equal(reason['level'], 'VALID')
    assert reason['figure'] > 300, reason
    assert 'max-in-flight' in reason['text'] or 'thrum itself was slow' in reason['text'], reason
    assert '>=' in run.text, run.text
    assert {'p99', 'mean', 'max'} <= set(run.json['all']['response']['lower_bounds'])


@test
def on_invalid_warn_keeps_the_exit_code(case):
    target = case.target()
    run = Run(case, target.url, BEYOND_REACH + '\non-invalid = warn').end(0)
    equal(run.level, 'INVALID')
    assert 'on-invalid = warn' in run.text


@test
def a_handful_of_requests_gets_no_verdict(case):
    target = case.target()
    run = Run(case, target.url, 'duration = 1s\nusers = 2\ninterval = 200ms').end(0)
    equal(run.level, 'NONE')
    assert 'too few' in run.reason('requests')['text']


@test
def the_percentiles_are_those_of_the_rows(case):
    target = case.target('--distribution', 'exponential', '--mean', '5ms')
    run = Run(case, target.url, 'duration = 2s\nrate = 400/s\noverload = queue').end(0, 4)
    with open(run.folder / 'results.csv', newline='') as file:
        rows = list(csv.reader(file))
    for name, column in ('response', 1), ('service', 3):
        values = sorted(float(row[column]) for row in rows)
        sample = run.json['all'][name]
        equal(sample['count'], len(values))
        for key, thousandths in (('p50_ns', 500), ('p90_ns', 900), ('p95_ns', 950),
                                 ('p99_ns', 990), ('p99.9_ns', 999)):
            exact = values[-(-len(values) * thousandths // 1000) - 1]
            # The histogram's bound, and the rows' rounding.
            assert abs(sample[key] / 1e9 - exact) <= 0.004 * exact + 1e-6, (name, key, exact)
        assert abs(sample['max_ns'] / 1e9 - values[-1]) < 1e-6
        assert abs(sample['mean_ns'] / 1e9 - sum(values) / len(values)) < 1e-6
        low, high = sample['intervals']['p50_ns']
        assert low <= sample['p50_ns'] <= high, sample
    # 800 requests support an upper bound of p99, but not of p99.9.
    equal(run.json['all']['response']['intervals']['p99.9_ns'][1], None)
    assert 'p99.9 3,688' in run.text, run.text


@test
def a_worker_measures_what_observing_costs(case):
    target = case.target()
    run = Run(case, target.url, 'duration = 3s\nrate = 100/s\nprocesses = 2').end(0, 4)
    for worker in run.json['workers']:
        assert worker['ticks'] > 0
        assert 1000000 <= worker['tick_ns'] <= 8000000
        assert worker['wall_ns'] > 2e9
        assert 0 < worker['cpu_ns'] < worker['wall_ns']
        assert sum(worker['load_tenths']) in (2, 3, 4), worker


@test
def what_spins_is_no_work(case):
    """A lane that looks for work all the time takes a CPU; the verdict must not call that its load."""
    target = case.target('--spin', '--delay', '2ms')
    for engine in 'epoll', 'io_uring':
        run = Run(case, target.url, f'duration = 3s\nrate = 50/s\nprocesses = 1\nengine = {engine}\n'
                  'idle = spin', out=engine).end(0, 4)
        equal(run.json['all']['ok'], 150)
        worker, = run.json['workers']
        assert worker['spin_ns'] > 3 * worker['cpu_ns'], worker
        assert run.reason('cpu') is None, run.json['verdict']
    # One that sleeps does not spin.
    run = Run(case, target.url, 'duration = 1s\nrate = 50/s\nprocesses = 1', out='sleep').end(0, 4)
    equal(run.json['workers'][0]['spin_ns'], 0)


@test
def a_threshold_ends_the_run(case):
    target = case.target('--delay', '30ms')
    run = Run(case, target.url, 'duration = 60s\nusers = 4\nprocesses = 2\non-invalid = warn', 'http',
              '[thresholds]\np50 = 5ms\nfailures = 50%\nabort-on = failures, p50 2s').end(1)
    equal(run.json['state'], 'aborted')
    aborted = run.json['aborted']
    equal((aborted['key'], aborted['limit'], aborted['after_ns']), ('p50', '5ms', 2000000000))
    assert aborted['measured_ns'] >= 30e6, aborted
    # Two windows of a second and no more than a few: not the minute.
    assert 2 <= run.json['seconds'] < 30, run.json['seconds']
    assert 'aborted at' in run.text and 'p50 <= 5ms' in run.text, run.text
    counts, everything = run.json['counts'], run.json['all']
    assert counts['conserved'], counts
    assert everything['unfinished'] <= 4, everything


@test
def a_threshold_of_one_request_ends_the_run_at_once(case):
    target = case.target()
    run = Run(case, target.url, 'duration = 60s\nusers = 4\ninterval = 50ms\non-invalid = warn', 'http',
              '[request good]\n[request bad]\npath = /status/500\n'
              '[thresholds good]\nfailures = 1%\nabort-on = failures\n'
              '[thresholds bad]\nfailures = 10%\nabort-on = failures').end(1)
    equal(run.json['aborted']['request'], 'bad')
    equal(run.json['aborted']['measured'], 1)
    assert run.json['seconds'] < 30


@test
def a_threshold_that_holds_ends_nothing(case):
    target = case.target()
    run = Run(case, target.url, 'duration = 2500ms\nusers = 2\ninterval = 50ms\nwarm-up = 500ms\n'
              'on-invalid = warn', 'http',
              '[thresholds]\nrate = 1/s\nfailures = 1%\nabort-on = failures, rate').end(0)
    equal(run.json['state'], 'complete')
    assert 'aborted' not in run.json


@test
def a_service_that_hangs_ends_it(case):
    target = case.target()
    hang = f'{target.url.rstrip("/")}/hang'
    began = time.monotonic()
    run = Run(case, hang, 'duration = 60s\nrate = 50/s\ntimeout = 100s\ndrain = 100ms\n'
              'max-in-flight = 10000\non-invalid = warn\n[thresholds]\np99 = 50ms\nabort-on = p99 1s').end(1)
    equal(run.json['state'], 'aborted')
    assert run.json['aborted']['measured_ns'] > 50e6, run.json['aborted']
    assert time.monotonic() - began < 50, run.text


@test
def one_request_of_two_that_hangs_ends_it(case):
    target = case.target()
    for plugin in 'http1', 'http':
        began = time.monotonic()
        run = Run(case, target.url, 'duration = 60s\nrate = 50/s\ntimeout = 100s\ndrain = 100ms\n'
                  'max-in-flight = 500\non-invalid = warn', plugin,
                  '[request good]\n[request bad]\npath = /hang\n'
                  '[thresholds good]\np99 = 20s\nabort-on = p99\n'
                  '[thresholds bad]\np99 = 50ms\nabort-on = p99 1s', out=plugin).end(1)
        equal((run.json['state'], run.json['aborted']['request']), ('aborted', 'bad'))
        assert run.json['aborted']['measured_ns'] > 50e6, run.json['aborted']
        assert time.monotonic() - began < 50, run.text


@test
def users_that_all_hang_after_a_warm_up_end_it(case):
    """All of them at once: before, in or after the first second that counts."""
    for i, warm_up in enumerate(('500ms', '1500ms', '4s')):
        # From some 1.8 s on nobody is answered.
        target = case.target('--delay', '20ms', '--freeze', '100s/200s', '--freeze-phase',
                             f'{(time.clock_gettime(time.CLOCK_MONOTONIC) + 1.8) % 200:.3f}')
        began = time.monotonic()
        run = Run(case, target.url, f'duration = 60s\nusers = 6\nwarm-up = {warm_up}\ntimeout = 100s\n'
                  'drain = 100ms\non-invalid = warn', 'http1',
                  '[thresholds]\np50 = 300ms\nabort-on = p50 1s', out=f'run{i}').end(1)
        target.stop()
        equal(run.json['state'], 'aborted')
        assert run.json['aborted']['measured_ns'] > 300e6, run.json['aborted']
        assert time.monotonic() - began < 50, run.text


@test
def a_few_that_hang_are_judged_as_so_many(case):
    """A minority is none of a median's, however many they become; a p99 sees them at once."""
    target = case.target('--delay', '20ms', '--hang', '30%')
    load = 'duration = {}\nrate = 100/s\ntimeout = 100s\ndrain = 0s\non-invalid = warn'
    thresholds = '[thresholds]\np50 = 500ms\nabort-on = p50 1s'
    for plugin in 'http1', 'http':
        more = thresholds if plugin == 'http1' else thresholds.replace('p50', 'p99')
        users = '' if plugin == 'http1' else '\nusers = 100'
        run = Run(case, target.url, load.format('8s' if plugin == 'http1' else '60s') + users, plugin, more, out=plugin)
        run.end(0 if plugin == 'http1' else 1)
        equal(run.json['state'], 'complete' if plugin == 'http1' else 'aborted', plugin)
    assert run.json['aborted']['at_ns'] < 20e9, run.json['aborted']


@test
def a_cold_start_within_the_warm_up_ends_nothing(case):
    # Who comes in the first second waits until 3 s; the warm-up is over then.
    phase = (time.clock_gettime(time.CLOCK_MONOTONIC)) % 1000
    target = case.target('--delay', '20ms', '--freeze', '3s/1000s', '--freeze-phase', f'{phase:.3f}')
    run = Run(case, target.url, 'duration = 7s\nrate = 50/s\nwarm-up = 4s\non-invalid = warn', 'http1',
              '[thresholds]\np50 = 1s\nabort-on = p50 1s').end(0)
    equal(run.json['state'], 'complete')


@test
def a_worker_that_died_ends_no_run_of_the_others(case):
    target = case.target('--delay', '600ms')
    run = Run(case, target.url, 'duration = 7s\nusers = 8\nprocesses = 2', 'http1',
              '[thresholds]\nmax = 2s\nabort-on = max 1s')
    workers = run.workers(2)
    run.wait_for_rows()
    os.kill(workers[1], signal.SIGKILL)
    run.end(3)
    equal(run.json['state'], 'incomplete')
    assert 'aborted' not in run.json, run.json['aborted']
    assert run.json['seconds'] == 7.0, run.json['seconds']


@test
def a_worker_that_was_stopped_ends_no_run(case):
    """What it has open is old for its sake, not the service's."""
    target = case.target('--delay', '100ms')
    run = Run(case, target.url, 'duration = 9s\nusers = 10\nprocesses = 1\non-invalid = warn', 'http1',
              '[thresholds]\np50 = 500ms\nabort-on = p50 1s')
    run.stop_a_worker(1, 0, 4)
    run.end(0)
    equal((run.json['state'], run.level), ('complete', 'INVALID'))


@test
def a_run_whose_workers_all_died_lasted_until_then(case):
    target = case.target('--delay', '100ms')
    for plugin in 'http1', 'http':
        run = Run(case, target.url, 'duration = 60s\nrate = 100/s\nprocesses = 2\nmax-in-flight = 4\noverload = queue',
                  plugin, out=plugin)
        workers = run.workers(2)
        run.wait_for_rows()
        time.sleep(0.5)
        for worker in workers:
            os.kill(worker, signal.SIGKILL)
        run.end(3)
        counts = run.json['counts']
        assert run.json['seconds'] < 50, run.json['seconds']
        assert counts['conserved'] and (counts['dropped'] > 0 or plugin == 'http'), counts
        equal(counts['offered'], counts['sent'] + counts['dropped'])
        equal(run.level, 'INVALID')


@test
def what_waits_when_a_threshold_ends_the_run_is_dropped(case):
    target = case.target()
    hang = f'{target.url.rstrip("/")}/hang'
    for plugin, slots in ('http1', 'max-in-flight = 4'), ('http', 'users = 4'):
        run = Run(case, hang, 'duration = 60s\nrate = 50/s\ntimeout = 100s\ndrain = 100ms\n'
                  f'overload = queue\n{slots}\non-invalid = warn', plugin,
                  '[thresholds]\np50 = 50ms\nabort-on = p50 1s', out=plugin).end(1)
        counts = run.json['counts']
        equal(run.json['state'], 'aborted')
        # What the schedule asked for by then, whoever served it.
        assert counts['offered'] >= 50 * run.json['aborted']['at_ns'] / 1e9 - 2, counts
        assert counts['dropped'] > 0 and counts['conserved'], counts


@test
def what_nobody_answers_is_no_rate(case):
    target = case.target()
    hang = f'{target.url.rstrip("/")}/hang'
    run = Run(case, hang, 'duration = 1s\nrate = 50/s\ndrain = 100ms\non-invalid = warn\n'
              '[thresholds]\nrate = 1/s').end(1)
    equal((run.json['all']['rows'], run.json['all']['answered'], run.json['all']['rate']), (50, 0, 0))


@test
def drops_may_not_pass_for_speed(case):
    target = case.target('--delay', '50ms')
    run = Run(case, target.url, 'duration = 2s\nrate = 100/s\nmax-in-flight = 1\nprocesses = 1\n'
              'on-invalid = warn', more='[thresholds]\np99 = 20s').end(0, 1)
    assert run.counts_dropped() > 50
    # What the service made wait is beyond every limit. Where thrum sent far too late to have offered
    # that load, nobody knows whose doing it is.
    is_trusted = not any(reason['signal'] in ('achieved', 'stalled') and reason['level'] == 'INVALID'
                         for reason in run.json['verdict']['reasons'])
    equal((run.process.returncode, run.threshold('p99')['judgement'], 'most_ns' in run.threshold('p99')),
          (1, 'failed', False) if is_trusted else (0, 'undecided', False))
    assert '>= ' in run.text


if __name__ == '__main__':
    main()
