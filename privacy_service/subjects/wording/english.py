"""What is said in English."""

from privacy_service.subjects.wording.base import ArchiveWords, NoticeWords, PageWords, PaperWords, Words

ENGLISH = Words(
    page=PageWords(
        title="Delete my data",
        text="We delete what we hold about you and take in nothing more. First we send you a message to confirm it.",
        mail_subject="Please confirm that we delete your data",
        mail_text=(
            "Somebody, we hope you, has asked us to delete the data that we hold about this address.\n\n"
            "To confirm it, open this page within a day:\n\n{link}\n\nIf it was not you, do nothing."
        ),
        address="Your e-mail address",
        address_wrong="Write a whole address, such as name@example.com.",
        ask="Send me a link",
        sent_title="Look into your mail",
        sent=(
            "If the address is right, a message is on its way to it. Open the link in it within a day: only then do "
            "we begin."
        ),
        later_title="Please try again later",
        later="Very many people are asking now. Nothing was kept of what you typed; try again in an hour.",
        confirm="Yes, I want this",
        confirmed_title="Thank you",
        confirmed="We have begun. You need do nothing more.",
        refused_title="This link no longer works",
        refused=(
            "It was used already, is older than a day, or was cut short by your mail program. If you still want it, "
            "fill in the form again."
        ),
        gone_title="This certificate is not here",
        gone="The link was cut short by your mail program, or it is so old that we have kept nothing but its hash.",
        as_paper="The certificate as a PDF",
        as_json="The same for programs, as JSON",
    ),
    notice=NoticeWords(
        subject="Your data has been deleted",
        text=(
            "You asked us to delete the data that we hold about you. That was completed on {date}.\n\n"
            "A certificate says which systems deleted it, and when:\n{certificate}\n\n"
            "Your request has the number {number}. With this message we also forget your address.\n\n{workspace}"
        ),
    ),
    paper=PaperWords(
        title="Certificate of erasure",
        stated="{workspace} certifies that each of the systems below answered as stated when it was asked to delete "
        "what it held about one person.",
        number="Number",
        asked="Asked",
        begun="Begun",
        completed="Completed",
        issued="Issued",
        system="System",
        answer="Answer",
        date="Date deleted",
        amount="Deleted",
        deleted="Deleted",
        unsupported="Knows nobody by these identifiers",
        by_hand="Deleted by hand",
        code="code {code}",
        attempts="attempt {attempts}",
        subject_title="The person",
        subject="The person is named by keyed digests alone. Whoever issued this can say whether they are those of an "
        "identifier; nobody can read the identifier out of them.",
        keys_title="Keys destroyed",
        keys="What was sealed under these keys, which were this person's alone, "
        "can be opened by nobody any more, wherever it lies: {keys}",
        proof_title="How to verify it",
        proof="The same certificate as JSON carries this fingerprint (SHA-256 of its manifest in canonical form, "
        "RFC 8785) and this Ed25519 signature of that form.",
        fingerprint="Fingerprint",
        signature="Signature",
        key="Key",
        page="Page {page}",
    ),
    archive=ArchiveWords(
        mail_subject="Your data is ready",
        mail_text=(
            "What we hold about you lies ready as an encrypted file. Fetch it here, "
            "once:\n\n{link}\n\nTo open it you need the passphrase that you were shown when you "
            "confirmed your request."
        ),
        keep_title="Keep this passphrase",
        keep=(
            "It opens the file with your data, to which we send you a link. It is shown this once, and to nobody else."
        ),
        title="Your data",
        text=(
            "A ZIP file, encrypted with the passphrase that you were shown when you confirmed your "
            "request. 7-Zip, WinZip, Keka and others open it. This page works until you have the file."
        ),
        fetch="Download",
        gone_title="This file is not here",
        gone=("It was fetched already, its time is over, or your mail program cut the link short. You may ask again."),
    ),
)
