"""Many HTTP attempts at once by one thread: libcurl's multi interface, told by epoll which of them can go on.

A thread for each attempt costs more than the attempt. What is asked and how it is judged is `probe.http`'s alone.
"""

import select
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

import pycurl

from tocsin.detection.check import CheckSpec, Sample, Verdict
from tocsin.errors import ConfigError
from tocsin.kit.clock import Clock
from tocsin.probe.attempt import Attempt, Finding
from tocsin.probe.http import HttpProber, Transfer
from tocsin.probe.http_settings import HttpSettings, http_settings

EPOLL = hasattr(select, "epoll")
"""Whether this system has what a crowd needs."""
_EVENTS_AT_ONCE = 256
_LONG = 0.05  # seconds; judging an answer takes far less


@dataclass(slots=True)
class _Going:
    """One attempt in flight."""

    trying: Attempt
    transfer: Transfer
    lag: float


class Crowd:
    """The attempts in flight of one thread, which must be the only one to call it."""

    def __init__(self, prober: HttpProber, clock: Clock) -> None:
        self._prober = prober
        self._clock = clock
        self._multi = pycurl.CurlMulti()
        self._multi.setopt(pycurl.M_SOCKETFUNCTION, self._watch)
        self._multi.setopt(pycurl.M_TIMERFUNCTION, self._set_timer)
        self._poll = select.epoll()
        self._watched: set[int] = set()
        self._due: float | None = (
            None  # when libcurl wants to be called without anything having come (monotonic)
        )
        self._going: dict[pycurl.Curl, _Going] = {}
        # What a check asks is read once. Handles are as many as attempts were ever in flight: a thousand that wait for their
        # turn would be megabytes. Parsed certificates are libcurl's to keep, for all of them; connections nobody keeps.
        self._asked: dict[str, HttpSettings] = {}
        self._idle: list[pycurl.Curl] = []
        self._ended: list[tuple[CheckSpec, Sample]] = []
        self._lag = 0.0  # seconds for which this thread would have had something to do and did not run
        self._left = clock.monotonic()

    @property
    def in_flight(self) -> int:
        """How many attempts have begun and not ended."""
        return len(self._going)

    def begin(self, spec: CheckSpec) -> None:
        """Begin an attempt; its time limit begins now. What goes wrong here is a sample too."""
        trying = Attempt(spec, self._clock)
        try:
            asked = self._asked.get(spec.name)
            if asked is None:
                asked = self._asked[spec.name] = http_settings(spec)
            transfer = self._prober.transfer(spec, self._idle.pop() if self._idle else pycurl.Curl(), asked)
            self._multi.add_handle(transfer.handle)
        except ConfigError as error:
            self._end(trying, Finding(Verdict.UNKNOWN, str(error), {"error": "settings"}))
        except Exception as error:  # the edge of the check loop: our own fault must not look like theirs
            self._end(trying, _own_fault(error))
        else:
            self._going[transfer.handle] = _Going(trying, transfer, self._lag)

    def turn(self, seconds: float) -> list[tuple[CheckSpec, Sample]]:
        """Let them go on, wait at most this long for something to happen; those that have ended."""
        began = self._clock.monotonic()
        if self._due is not None:
            seconds = min(seconds, max(0.0, self._due - began))
        if self._ended:
            seconds = 0.0
        ready = self._poll.poll(seconds, _EVENTS_AT_ONCE)
        self._lag += began - self._left + max(0.0, self._clock.monotonic() - began - seconds)
        for descriptor, events in ready:
            mask = 0
            if events & (select.EPOLLIN | select.EPOLLHUP):
                mask |= pycurl.CSELECT_IN
            if events & select.EPOLLOUT:
                mask |= pycurl.CSELECT_OUT
            if events & select.EPOLLERR:
                mask |= pycurl.CSELECT_ERR
            self._multi.socket_action(descriptor, mask)
        if self._due is not None and self._due <= self._clock.monotonic():
            self._due = None
            self._multi.socket_action(pycurl.SOCKET_TIMEOUT, 0)
        self._collect()
        self._left = self._clock.monotonic()
        ended, self._ended = self._ended, []
        return ended

    def close(self) -> None:
        """Let everything go; what is in flight ends unheard."""
        for going in self._going.values():
            with suppress(pycurl.error):
                self._multi.remove_handle(going.transfer.handle)
        self._going.clear()
        self._multi.close()
        for handle in self._idle:
            handle.close()
        self._poll.close()

    def _collect(self) -> None:
        while True:
            waiting, well, failed = self._multi.info_read()
            for handle in well:
                self._over(handle, None, "")
            for handle, error, words in failed:
                self._over(handle, int(error), str(words))
            if not waiting:
                return

    def _over(self, handle: pycurl.Curl, error: int | None, words: str) -> None:
        going = self._going.pop(handle)
        began = self._clock.monotonic()
        try:
            finding = going.transfer.judge(error, words, timedelta(seconds=self._lag - going.lag))
        except Exception as problem:  # a defect of ours is an unknown sample, and no end of the others
            finding = _own_fault(problem)
        took = self._clock.monotonic() - began
        if took > _LONG:  # our name servers were asked: nobody else was served meanwhile
            self._lag += took
        self._multi.remove_handle(handle)
        self._idle.append(handle)
        self._end(going.trying, finding)

    def _end(self, trying: Attempt, finding: Finding) -> None:
        self._ended.append((trying.spec, trying.sample(finding)))

    def _watch(self, what: int, descriptor: int, multi: object, data: object) -> None:
        """libcurl's word which socket it waits for, and for what."""
        if what == pycurl.POLL_REMOVE:
            self._watched.discard(descriptor)
            with suppress(OSError):  # closed already, and then epoll has forgotten it
                self._poll.unregister(descriptor)
            return
        events = (select.EPOLLIN if what in (pycurl.POLL_IN, pycurl.POLL_INOUT) else 0) | (
            select.EPOLLOUT if what in (pycurl.POLL_OUT, pycurl.POLL_INOUT) else 0
        )
        if descriptor in self._watched:
            try:
                self._poll.modify(descriptor, events)
                return
            except OSError:  # another socket of the same number: the old one was closed unseen
                pass
        with suppress(FileExistsError):
            self._poll.register(descriptor, events)
        self._watched.add(descriptor)

    def _set_timer(self, milliseconds: int) -> None:
        self._due = None if milliseconds < 0 else self._clock.monotonic() + milliseconds / 1000


def _own_fault(error: Exception) -> Finding:
    return Finding(Verdict.UNKNOWN, f"our own fault: {type(error).__name__}: {error}", {"error": "own"})
