"""A package as one file: packed so that the same files give the same bytes, unpacked without trusting it."""

import io
import os
import shutil
import stat
import tempfile
import zipfile
from hashlib import sha256
from pathlib import Path, PurePosixPath

from privacy_service.streams.errors import FlowError

MOST_BYTES = 5 * 1024 * 1024
MOST_FILES = 200
_LONGEST_NAME = 200
_NEVER = (1980, 1, 1, 0, 0, 0)  # The first time that a ZIP file can name.
_REGULAR = (stat.S_IFREG | 0o644) << 16


def files_of(folder: Path) -> dict[str, bytes]:
    """Return what of a folder belongs to its package: nothing hidden, nothing compiled; raise FlowError."""
    files: dict[str, bytes] = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if any(part.startswith(".") or part == "__pycache__" for part in PurePosixPath(name).parts):
            continue
        if path.is_symlink():
            message = f"{path} is a link; a package holds files and folders alone."
            raise FlowError(message)
        if path.is_file():
            files[name] = path.read_bytes()
    _check_size(len(files), sum(map(len, files.values())))
    return files


def packed(folder: Path) -> bytes:
    """Return a folder's package as a ZIP file; raise FlowError."""
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files_of(folder).items():
            entry = zipfile.ZipInfo(name, _NEVER)
            entry.external_attr, entry.compress_type, entry.create_system = _REGULAR, zipfile.ZIP_DEFLATED, 3
            archive.writestr(entry, content)
    return into.getvalue()


def digest_of(archive: bytes) -> str:
    """Return what an archive is verified by."""
    return sha256(archive).hexdigest()


def unpack(archive: bytes, folder: Path) -> None:
    """Unpack an archive into a folder, whole or not at all; raise FlowError where it holds what it may not."""
    files = _read(archive)
    folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    aside = Path(tempfile.mkdtemp(dir=folder.parent))
    try:
        for name, content in files.items():
            path = aside / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        os.replace(aside, folder)  # noqa: PTH105 - as below.
    except OSError:
        if not folder.is_dir():  # Else another process has unpacked the same archive meanwhile.
            raise
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _read(archive: bytes) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as opened:
            entries = opened.infolist()
            _check_size(len(entries), sum(entry.file_size for entry in entries))
            for entry in entries:
                _check_entry(entry)
            files = {entry.filename: _content(opened, entry) for entry in entries}
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError):
        message = "The package's archive cannot be read."
        raise FlowError(message) from None
    if len(files) != len(entries):
        message = "The package's archive holds a file twice."
        raise FlowError(message)
    return files


def _content(opened: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    with opened.open(entry) as stream:
        content = stream.read(entry.file_size + 1)  # What its directory says may not be true.
    if len(content) != entry.file_size:
        message = "The package's archive lies about a file's size."
        raise FlowError(message)
    return content


def _check_entry(entry: zipfile.ZipInfo) -> None:
    """Refuse all but plain files below the package's folder."""
    name, mode = PurePosixPath(entry.filename), entry.external_attr >> 16
    is_below = not name.is_absolute() and ".." not in name.parts and "\\" not in entry.filename
    is_plain = not entry.is_dir() and (not mode or stat.S_ISREG(mode)) and len(entry.filename) <= _LONGEST_NAME
    if not is_below or not is_plain or not entry.filename.isprintable():
        message = "The package's archive holds something else than files of its own folder."
        raise FlowError(message)


def _check_size(files: int, size: int) -> None:
    if files > MOST_FILES or size > MOST_BYTES:
        message = f"A package holds at most {MOST_FILES} files of {MOST_BYTES} bytes together; this one holds more."
        raise FlowError(message)
