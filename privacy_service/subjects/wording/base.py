"""What is said to the people the data is about, as one language says it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class PageWords:
    """The fixed words of the public pages, and what stands there until the owner words it."""

    title: str
    text: str
    mail_subject: str
    mail_text: str
    address: str
    address_wrong: str
    ask: str
    sent_title: str
    sent: str
    later_title: str
    later: str
    confirm: str
    confirmed_title: str
    confirmed: str
    refused_title: str
    refused: str
    gone_title: str
    gone: str
    as_paper: str
    as_json: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeWords:
    """The message that tells somebody that they were forgotten, until the owner words it."""

    subject: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveWords:
    """The page and the message by which somebody gets a copy of their data."""

    mail_subject: str
    mail_text: str
    keep_title: str
    keep: str
    title: str
    text: str
    fetch: str
    gone_title: str
    gone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperWords:
    """A certificate of erasure on paper."""

    title: str
    stated: str
    number: str
    asked: str
    begun: str
    completed: str
    issued: str
    system: str
    answer: str
    date: str
    amount: str
    deleted: str
    unsupported: str
    by_hand: str
    code: str
    attempts: str
    subject_title: str
    subject: str
    keys_title: str
    keys: str
    proof_title: str
    proof: str
    fingerprint: str
    signature: str
    key: str
    page: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Everything in one language."""

    page: PageWords
    notice: NoticeWords
    paper: PaperWords
    archive: ArchiveWords
