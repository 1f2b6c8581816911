"""Our server and the stand-ins, as processes, tried from outside: schemathesis sends what the
published documents allow and what they forbid, and clients that others wrote make whole payments.
Ends with "  N passed", and "  N failed" if any. SEED=N repeats a run; LONG=1 sends ten times as much."""

import json
import os
import pathlib
import random
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
KEPT = ROOT / "target" / "contracts"
SCHEMATHESIS = pathlib.Path(sys.executable).parent / "schemathesis"

LONG = "LONG" in os.environ
SEED = os.environ.get("SEED") or str(random.SystemRandom().randrange(2**30))
CHECKS = "not_a_server_error,response_schema_conformance,content_type_conformance"

# A document, where it is served, which checks, and what must have been reached how often: a run
# that is refused at the door proves nothing.
DOCUMENTS = [
    ("fanfare/checkout.openapi.yaml", "{server}", CHECKS + ",status_code_conformance",
     {"postCheckout 200": 20, "postCheckout 400": 20, "postCheckout 401": 2, "postCheckout 403": 1}),
    ("funnelfox/create_payment.openapi.yaml", "{server}/demo/v1", CHECKS,
     {"create_payment succeeded": 5, "create_payment failed": 5, "create_payment action": 5}),
    ("funnelfox/checkout.openapi.yaml", "{standins}/funnelfox/demo/v1", CHECKS + ",status_code_conformance",
     {"create_client_session success": 5, "create_simple_client_session success": 5, "update_client_session success": 5,
      "create_payment succeeded": 3, "create_payment failed": 3, "create_payment action": 3, "create_payment refused": 3,
      "resume_payment succeeded": 1, "resume_payment failed": 1, "resume_payment cancelled": 1,
      "one_click succeeded": 5, "one_click refused": 1}),
]


def free_base():
    """The first of four ports that nobody listens on, where systems don't open connections from."""
    wish = os.environ.get("PORT_BASE")
    for base in [int(wish)] if wish else range(5500, 9500, 10):
        taken = False
        for port in range(base, base + 4):
            with socket.socket() as one:
                taken = taken or one.connect_ex(("127.0.0.1", port)) == 0
        if not taken:
            return base
    sys.exit("no four free ports in a row: stop what listens, or choose some with PORT_BASE")


class System:
    """Stand-ins and checkout server, each a process, with a database of their own."""

    def __init__(self):
        self.base = free_base()
        # The stand-ins' proxy, which can lose what passes, and the server itself behind it.
        self.front = f"http://localhost:{self.base}"
        self.server = f"http://localhost:{self.base + 3}"
        self.standins = f"http://127.0.0.1:{self.base + 2}"
        shutil.rmtree(KEPT, ignore_errors=True)
        (KEPT / "widget").mkdir(parents=True)
        self.processes = []

    def __enter__(self):
        with open(KEPT / "log", "w") as log:
            for command in (["sandbox", "--proxy"], ["serve", "--behind"]):
                words = [ROOT / "target/debug/fanfare-checkout", "--port-base", str(self.base), "--data", KEPT,
                         "--assets", KEPT / "widget", "--settle-every", "0.2", *command]
                environment = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
                self.processes.append(subprocess.Popen(
                    words, env=environment | {"RUST_LOG": "warn"}, stdout=log, stderr=log, stdin=subprocess.DEVNULL))
        try:
            for url in (f"{self.standins}/control", f"{self.server}/health"):
                self.wait(url)
        except BaseException:
            self.__exit__()
            raise
        return self

    def wait(self, url):
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if any(process.poll() is not None for process in self.processes):
                break
            try:
                urllib.request.urlopen(url, timeout=5).close()
                return
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
        sys.exit(f"{url} does not answer; the system's words are in {KEPT / 'log'}:\n{(KEPT / 'log').read_text()}")

    def __exit__(self, *_):
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()

    def ended(self):
        return any(process.poll() is not None for process in self.processes)


def document(system, path, place, checks, wanted):
    """Sends one document's calls; what went wrong, in words."""
    base = place.format(server=system.server, standins=system.standins)
    kept = KEPT / (path.replace("/", "-") + ".json")
    environment = os.environ | {
        "SCHEMATHESIS_HOOKS": "valid", "PYTHONPATH": str(HERE), "PYTHONDONTWRITEBYTECODE": "1",
        "SERVER": system.server, "STANDINS": system.standins, "BASE": base, "SEED": SEED,
        "OURS": "yes" if base.startswith(system.server) else "no", "TALLY": str(kept),
    }
    print(f"\n{path} at {base}", flush=True)
    ran = subprocess.run(
        [SCHEMATHESIS, "run", HERE / path, "--url", base, "--checks", checks, "--seed", SEED, "--no-color",
         "--phases", "coverage,fuzzing", "--max-examples", str(3000 if LONG else 300), "--warnings", "off",
         "--generation-database", "none", "--generation-with-security-parameters", "false",
         "--request-timeout", "30", "--output-truncate", "false"],
        env=environment, cwd=KEPT, check=False)
    wrong = [] if ran.returncode == 0 else ["schemathesis found what the document does not allow"]
    reached = json.loads(kept.read_text()) if kept.exists() else {}
    print("reached:", ", ".join(f"{name}: {times}" for name, times in sorted(reached.items())), flush=True)
    # What stopped early could not get far.
    wrong = wrong or [f"{name}: reached {reached.get(name, 0)} times, expected {least}"
              for name, least in wanted.items() if reached.get(name, 0) < least]
    if system.ended():
        wrong.append(f"the server or the stand-ins have ended; their words are in {KEPT / 'log'}")
    return wrong


def clients(system):
    """The clients that others wrote, by node's own test runner: how many passed and failed."""
    folder = ROOT / "tests/clients"
    if not folder.exists():
        return 0, 0
    environment = os.environ | {"SERVER": system.front, "STANDINS": system.standins}
    ran = subprocess.run(["node", "--test", "--test-reporter=tap", *sorted(folder.glob("*.test.mjs"))],
                         env=environment, cwd=folder, stdout=subprocess.PIPE, text=True, check=False)
    print(ran.stdout, flush=True)
    told = {word: int(number) for word, number in re.findall(r"^# (pass|fail|cancelled) (\d+)$", ran.stdout, re.M)}
    failed = told.get("fail", 0) + told.get("cancelled", 0)
    if ran.returncode != 0 or not told.get("pass"):
        failed = max(failed, 1)
    return told.get("pass", 0), failed


def main():
    print(f"SEED={SEED}", flush=True)
    passed = failed = 0
    with System() as system:
        for path, *rest in DOCUMENTS:
            start = time.monotonic()
            wrong = document(system, path, *rest)
            for words in wrong:
                print(f"FAILED {path}: {words}", flush=True)
            print(f"{path} took {time.monotonic() - start:.0f} s", flush=True)
            passed, failed = passed + (not wrong), failed + bool(wrong)
        counts = clients(system)
    passed, failed = passed + counts[0], failed + counts[1]
    print(f"\n  {passed} passed")
    if failed:
        print(f"  {failed} failed\nSEED={SEED}")
    sys.exit(failed > 0)


main()
