"""The store of an installation, opened."""

from tocsin.app.settings import Settings
from tocsin.errors import StoreError
from tocsin.store.database import Database


def open_database(settings: Settings, create: bool = True) -> Database:
    """Open the store of an installation, making its folder if it may be created.

    Raises:
        StoreError: it cannot be opened; one clear sentence and the next step.
    """
    if create:
        try:
            settings.data.mkdir(parents=True, exist_ok=True)
        except OSError as problem:
            raise StoreError(
                f"The folder {settings.data} cannot be made: {problem.strerror}.",
                hint="Set tocsin.data or TOCSIN_DATA.",
            ) from problem
    return Database.open(settings.database, create=create)
