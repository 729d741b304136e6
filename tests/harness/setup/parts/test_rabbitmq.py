"""RabbitMQ is found with its Erlang alone, installed or unpacked, and unpacked on demand."""

from __future__ import annotations

from pathlib import Path

from harness.setup import doctor, setup
from harness.setup.parts.rabbitmq import RABBITMQ
from tests.harness.setup.fake_host import FakeHost, write_script

SERVER, ERLANG = "lib/rabbitmq/lib/rabbitmq_server-3.10.8", "lib/erlang/erts-13.1.5/bin/erlexec"
KNOWN = 'for package; do echo "$package:"; echo "  Candidate: 2"; done'
ERL = "#!/bin/sh\\nROOTDIR=/usr/lib/erlang\\n"


def test_it_needs_its_erlang(tmp_path: Path) -> None:
    machine = FakeHost(tmp_path)
    usr = tmp_path / "root" / "usr"
    (usr / SERVER).mkdir(parents=True)
    [alone] = doctor(host=machine.host(), parts=[RABBITMQ])[:1]
    assert (alone.state, "with its Erlang" in alone.detail) == ("missing", True)
    write_script(usr / ERLANG, "exit 0")
    [status] = doctor(host=machine.host(), parts=[RABBITMQ])[:1]
    assert (status.state, status.version, status.where) == ("found", "3.10.8", str(usr / SERVER))


def test_set_up_unpacks_it_and_leads_erlang_to_its_own_files(tmp_path: Path) -> None:
    machine, lines = FakeHost(tmp_path, is_root=False), list[str]()
    machine.script("apt-cache", KNOWN)
    machine.script("apt-get", "touch x.deb")
    made = f'mkdir -p "$3/usr/{SERVER}" "$3/usr/{ERLANG}" "$3/usr/lib/erlang/bin"'
    made = made.replace(f'"$3/usr/{ERLANG}"', '"$3/usr/lib/erlang/erts-13.1.5/bin"')
    program = f'"$3/usr/{ERLANG}"'
    erl = f"printf '{ERL}' > \"$3/usr/lib/erlang/bin/erl\""
    machine.script("dpkg-deb", f"{made}; touch {program}; chmod +x {program}; {erl}")
    [status] = setup(lines.append, host=machine.host(), parts=[RABBITMQ])
    assert (status.state, status.version) == ("found", "3.10.8")
    usr = machine.host().cache / "packages" / "rabbitmq" / "usr"
    assert status.where == str(usr / SERVER)
    assert "/usr/lib/erlang" not in (usr / "lib/erlang/bin/erl").read_text()
    fetched = [call for call in machine.calls if " download " in call]
    assert len(fetched) == len(RABBITMQ.packages.debian)


def test_a_machine_without_it_gets_the_command(tmp_path: Path) -> None:
    machine = FakeHost(tmp_path, is_root=False)
    machine.script("apt-get", "exit 0")
    assert doctor(host=machine.host(), parts=[RABBITMQ])[0].fix == "harness setup --only rabbitmq"
