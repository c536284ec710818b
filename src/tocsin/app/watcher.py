"""A process that only measures, beside the engine on the same store (ADR 0010).

It takes samples, stores them and raises alerts; what becomes of those the engine decides. It loads neither the reader of
runbooks nor the web nor what pages people, so it is small enough for any machine, and a busy engine does not make it late.
"""

from tocsin.app.check_problems import refuse_wrong
from tocsin.app.database import open_database
from tocsin.app.probing import known_secrets, make_probers, make_watching
from tocsin.app.reload.anew import Files
from tocsin.app.settings import Settings
from tocsin.kit.clock import Clock
from tocsin.kit.redact import Redactor
from tocsin.probe.notes import Notes


class Watcher:
    """One running watcher.

    Raises:
        ConfigError: a check cannot be used as written; names file, line and key. StoreError: the store cannot be used.
    """

    def __init__(self, settings: Settings, clock: Clock) -> None:
        notes = Notes()
        refuse_wrong(settings, make_probers(settings, clock, notes))
        self.files = Files(settings, clock)
        self.database = open_database(settings)
        redactor = Redactor(known_secrets(settings))
        _, self.watching = make_watching(self.database, settings, clock, notes, redactor)

    def start(self) -> None:
        """Take the measuring over from the engine, or wait for another watcher to end. Raises StoreError."""
        self.watching.start()

    def stop(self, *, anew: bool = False) -> None:
        """Measure no more.

        Args:
            anew: this process starts itself again at once, so the engine need not measure meanwhile.
        """
        self.watching.stop(give_back=not anew)
        self.database.close()
