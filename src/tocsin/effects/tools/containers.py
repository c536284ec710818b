"""Containers and namespaces of one machine, beyond what their tables say.

Source: docs/reference/runbook-language.md, sections on wrappers and on tool tables.
"""

import re
from collections.abc import Callable
from dataclasses import replace

from tocsin.effects.effect import Effect, Flag
from tocsin.effects.inside import (
    BACKGROUND,
    PRIVILEGED,
    carried,
    in_container,
)
from tocsin.effects.options import Args, Grammar, parse
from tocsin.effects.reading import NO_FLAGS, Call, Inside, Reading
from tocsin.effects.tools.bytable import by_table
from tocsin.effects.tools.copying import to_us
from tocsin.effects.words import Word

_MOUNTS_HOST = re.compile(
    r"^(?:/|/etc|/var|/root|/home|/usr|/boot|/proc|/sys|/dev|/var/run/docker\.sock|/run/docker\.sock|/var/lib(?:/.*)?):"
)


_DOCKER_RUN = Grammar(
    values=frozenset(
        ["-v", "--volume", "--mount", "-e", "--env", "--env-file", "-p", "--publish", "--name", "--network", "--net", "-u", "--user", "-w", "--workdir", "--entrypoint", "-h", "--hostname", "-l", "--label", "--memory", "-m", "--cpus", "--restart", "--add-host", "--cap-add", "--cap-drop", "--device", "--dns", "--gpus", "--pid", "--ipc", "--platform", "--pull", "--security-opt", "--shm-size", "--tmpfs", "--ulimit", "--userns", "--volumes-from", "--log-driver", "--log-opt", "--link", "--expose", "--ip", "--health-cmd", "--detach-keys", "--cidfile", "--index", "-f", "--file", "--project-directory", "--profile", "--project-name"]
    ),
    stop=True,
)  # fmt: skip


def read_docker(call: Call) -> Reading:
    """`docker`, `podman`: exec and run look inside; host mounts are unreadable."""
    reading, found = by_table("docker", call)
    path = found.path
    if path in ("exec", "compose exec", "container exec"):
        args = parse(_after(call.words, "exec"), _DOCKER_RUN)
        flags = PRIVILEGED if args.has("--privileged") else NO_FLAGS
        later = BACKGROUND if args.has("-d", "--detach") else NO_FLAGS
        inner = tuple(args.operands[1:])
        return in_container("docker.exec", inner, call, flags=flags | later, targets=_container(args))
    if path in ("compose run", "run", "container run"):
        return _docker_run(call, reading)
    if path in ("rm", "container rm", "compose rm", "compose down") and any(
        re.fullmatch(r"-[a-zA-Z]*v[a-zA-Z]*", word.text) for word in _after(call.words, path.split()[-1])
    ):
        # In a cluster such as `-fv` the table takes the v for the value of -f.
        sentence = "deletes the volumes with their data"
        return replace(reading, effect=Effect.DESTROY, rule=f"{reading.rule}.volumes", sentence=sentence)
    if path in ("cp", "container cp") and len(found.args.operands) > 1:
        destination = found.args.operands[-1]
        if ":" in destination.text:
            return reading
        return to_us(destination, call, "docker.cp", replace(reading, effect=Effect.OBSERVE, sentence=""))
    if path in ("logs", "compose logs", "service logs", "container logs"):
        # Before `logs`, -f names compose's file.
        follows = any(
            word.text in ("-f", "--follow") or re.fullmatch(r"-[a-z]*f[a-z]*", word.text)
            for word in _after(call.words, "logs")
        )
        return replace(reading, flags=reading.flags | {Flag.UNBOUNDED}) if follows else reading
    return reading


def _container(args: Args) -> tuple[str, ...]:
    return tuple(f"container:{word.raw}" for word in args.operands[:1])


def _docker_run(call: Call, reading: Reading) -> Reading:
    """`docker run image cmd`; `reading` is what the table says of `run`."""
    args = parse(_after(call.words, "run"), _DOCKER_RUN)
    inner, targets = tuple(args.operands[1:]), _container(args)
    if _runs_the_host(args):
        inside = (Inside(inner, elsewhere=True),) if inner else ()
        sentence = "gives a container the run of this machine"
        return Reading(Effect.UNKNOWN, "docker.run.host", sentence, PRIVILEGED, targets, inside=inside)
    if args.has("--entrypoint"):
        sentence = "starts a container with another program"
        return Reading(Effect.UNKNOWN, "docker.run.entrypoint", sentence, targets=targets)
    opened = in_container("docker.run", inner, call, targets=targets)
    later = BACKGROUND if args.has("-d", "--detach") else NO_FLAGS
    if not inner and not later and not _known_image(args):
        sentence = "runs an image whose program is not written here"
        return replace(reading, effect=Effect.UNKNOWN, sentence=sentence, targets=targets)
    # A container that goes away again may still pull an image, and its entry point runs before the words given here.
    return replace(reading, flags=reading.flags | later, targets=targets, inside=opened.inside)


# Images everybody knows, whose own program is a server of that name, a shell or a greeting.
_KNOWN_IMAGES = frozenset(
    "nginx httpd caddy traefik haproxy postgres mysql mariadb mongo redis valkey/valkey memcached rabbitmq nats influxdb elasticsearch couchdb "
    "registry hello-world alpine ubuntu debian fedora centos rockylinux almalinux amazonlinux busybox node python ruby golang openjdk eclipse-temurin "
    "prom/prometheus grafana/grafana prom/alertmanager prom/node-exporter minio/minio zookeeper cassandra neo4j consul vault hashicorp/vault "
    "hashicorp/consul rancher/pause registry.k8s.io/pause curlimages/curl nicolaka/netshoot wordpress adminer phpmyadmin swagger-ui".split()
)


def _known_image(args: Args) -> bool:
    """Whether the image is one that everybody knows: `postgres:15`, `docker.io/library/nginx@sha256:…`."""
    name = args.operands[0].text if args.operands else ""
    return (
        re.sub(r"(?:@sha256:[0-9a-f]+|:[\w.-]+)+$", "", name)
        .removeprefix("docker.io/")
        .removeprefix("library/")
        in _KNOWN_IMAGES
    )


def _runs_the_host(args: Args) -> bool:
    """Whether these options of `run` reach beyond the container."""
    mounts = [mount.text for mount in args.values("-v", "--volume", "--mount")]
    return (
        args.has("--privileged", "--device", "--cap-add", "--volumes-from")
        or any(
            _MOUNTS_HOST.match(mount) or re.search(r"(?:src|source)=/(?:,|etc|var|$)", mount)
            for mount in mounts
        )
        or args.value("--pid", "--userns") == "host"
    )


def _after(words: tuple[Word, ...], name: str) -> tuple[Word, ...]:
    for position, given in enumerate(words):
        if given.text == name:
            return words[position + 1 :]
    return ()


def read_crictl(call: Call) -> Reading:
    """`crictl`, `nerdctl`, `lxc`, `ctr`: exec looks inside, the rest goes by the table."""
    reading, found = by_table(call.name, call)
    if found.path == "exec":
        inner = carried(call.words, "exec")
        return in_container(f"{call.name}.exec", inner, call)
    return reading


def read_ip(call: Call) -> Reading:
    """`ip`: `netns exec` looks inside."""
    reading, found = by_table("ip", call)
    if found.path in ("netns exec", "vrf exec"):
        inner = tuple(call.words[3:]) if len(call.words) > 3 else ()
        return in_container("ip.netns", inner, call, flags=frozenset({Flag.PRIVILEGED})) if inner else reading
    return reading


HANDLERS: dict[str, Callable[[Call], Reading]] = {
    **dict.fromkeys(("docker", "podman", "nerdctl"), read_docker),
    **dict.fromkeys(("crictl", "lxc", "incus", "pct"), read_crictl),
    "ip": read_ip,
}
