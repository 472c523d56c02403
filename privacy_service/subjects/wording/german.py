"""Was auf Deutsch gesagt wird: what is said in German."""

from privacy_service.subjects.wording.base import ArchiveWords, NoticeWords, PageWords, PaperWords, Words

GERMAN = Words(
    page=PageWords(
        title="Meine Daten löschen",
        text="Wir löschen, was wir über Sie gespeichert haben, und nehmen nichts Neues auf. Zuvor senden wir Ihnen "
        "eine Nachricht, mit der Sie das bestätigen.",
        mail_subject="Bitte bestätigen Sie, dass wir Ihre Daten löschen",
        mail_text=(
            "Jemand, wir hoffen Sie selbst, hat uns gebeten, die zu dieser Adresse gespeicherten Daten zu löschen.\n\n"
            "Um das zu bestätigen, öffnen Sie innerhalb eines Tages diese Seite:\n\n{link}\n\n"
            "Wenn Sie es nicht waren, brauchen Sie nichts zu tun."
        ),
        address="Ihre E-Mail-Adresse",
        address_wrong="Schreiben Sie eine vollständige Adresse, etwa name@example.com.",
        ask="Link zusenden",
        sent_title="Sehen Sie in Ihre Post",
        sent="Wenn die Adresse stimmt, ist eine Nachricht dorthin unterwegs. Öffnen Sie den Link darin innerhalb eines "
        "Tages: Erst dann beginnen wir.",
        later_title="Bitte versuchen Sie es später noch einmal",
        later="Gerade fragen sehr viele Menschen an. Von Ihrer Eingabe wurde nichts aufbewahrt; versuchen Sie es in "
        "einer Stunde noch einmal.",
        confirm="Ja, das möchte ich",
        confirmed_title="Vielen Dank",
        confirmed="Wir haben begonnen. Sie brauchen nichts weiter zu tun.",
        refused_title="Dieser Link gilt nicht mehr",
        refused="Er wurde schon benutzt, ist älter als einen Tag oder wurde von Ihrem Mailprogramm abgeschnitten. Wenn "
        "Sie es noch möchten, füllen Sie das Formular bitte noch einmal aus.",
        gone_title="Diese Bescheinigung ist nicht hier",
        gone="Der Link wurde von Ihrem Mailprogramm abgeschnitten, oder er ist so alt, dass wir nur noch den "
        "Fingerabdruck der Bescheinigung haben.",
        as_paper="Die Bescheinigung als PDF",
        as_json="Dieselbe für Programme, als JSON",
    ),
    notice=NoticeWords(
        subject="Ihre Daten sind gelöscht",
        text=(
            "Sie haben uns gebeten, die über Sie gespeicherten Daten zu löschen. Das wurde am {date} abgeschlossen.\n\n"
            "Eine Bescheinigung sagt, welche Systeme sie wann gelöscht haben:\n{certificate}\n\n"
            "Ihre Anfrage hat die Nummer {number}. Mit dieser Nachricht vergessen wir auch Ihre Adresse.\n\n{workspace}"
        ),
    ),
    paper=PaperWords(
        title="Löschbescheinigung",
        stated="{workspace} bescheinigt, dass jedes der folgenden Systeme wie angegeben geantwortet hat, als es "
        "aufgefordert wurde, alles über eine Person Gespeicherte zu löschen.",
        number="Nummer",
        asked="Angefragt",
        begun="Begonnen",
        completed="Abgeschlossen",
        issued="Ausgestellt",
        system="System",
        answer="Antwort",
        date="Löschdatum",
        amount="Gelöscht",
        deleted="Gelöscht",
        unsupported="Kennt niemanden unter diesen Kennungen",
        by_hand="Von Hand gelöscht",
        code="Code {code}",
        attempts="Versuch {attempts}",
        subject_title="Die Person",
        subject="Die Person ist nur durch Prüfwerte mit geheimem Schlüssel benannt. Der Aussteller kann sagen, ob sie "
        "zu einer Kennung gehören; ablesen kann die Kennung niemand.",
        keys_title="Vernichtete Schlüssel",
        keys="Was mit diesen Schlüsseln versiegelt wurde, "
        "die allein dieser Person gehörten, kann niemand mehr öffnen, wo immer es liegt: {keys}",
        proof_title="So wird sie geprüft",
        proof="Dieselbe Bescheinigung als JSON trägt diesen Fingerabdruck (SHA-256 ihres Manifests in kanonischer "
        "Form, RFC 8785) und diese Ed25519-Signatur jener Form.",
        fingerprint="Fingerabdruck",
        signature="Signatur",
        key="Schlüssel",
        page="Seite {page}",
    ),
    archive=ArchiveWords(
        mail_subject="Ihre Daten liegen bereit",
        mail_text=(
            "Was wir über Sie gespeichert haben, liegt als verschlüsselte Datei bereit. Hier können "
            "Sie sie einmal abholen:\n\n{link}\n\nZum Öffnen brauchen Sie die Passphrase, die Ihnen "
            "bei der Bestätigung Ihrer Anfrage gezeigt wurde."
        ),
        keep_title="Bewahren Sie diese Passphrase auf",
        keep=(
            "Sie öffnet die Datei mit Ihren Daten, zu der wir Ihnen einen Link senden. Sie wird nur "
            "dieses eine Mal gezeigt, und niemandem sonst."
        ),
        title="Ihre Daten",
        text=(
            "Eine ZIP-Datei, verschlüsselt mit der Passphrase, die Ihnen bei der Bestätigung Ihrer "
            "Anfrage gezeigt wurde. 7-Zip, WinZip, Keka und andere öffnen sie. Diese Seite gilt, bis "
            "Sie die Datei haben."
        ),
        fetch="Herunterladen",
        gone_title="Diese Datei ist nicht hier",
        gone=(
            "Sie wurde schon abgeholt, ihre Zeit ist um, oder Ihr Mailprogramm hat den Link gekürzt. "
            "Sie können erneut anfragen."
        ),
    ),
)
