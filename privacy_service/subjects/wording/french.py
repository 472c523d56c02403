"""Ce qui est dit en français: what is said in French."""

from privacy_service.subjects.wording.base import ArchiveWords, NoticeWords, PageWords, PaperWords, Words

FRENCH = Words(
    page=PageWords(
        title="Effacer mes données",
        text="Nous effaçons ce que nous conservons sur vous et ne recueillons plus rien. Nous vous envoyons d'abord un "
        "message pour que vous le confirmiez.",
        mail_subject="Veuillez confirmer l'effacement de vos données",
        mail_text=(
            "Quelqu'un, vous, nous l'espérons, nous a demandé d'effacer les données conservées sur cette adresse.\n\n"
            "Pour le confirmer, ouvrez cette page dans la journée :\n\n{link}\n\n"
            "Si ce n'était pas vous, ne faites rien."
        ),
        address="Votre adresse électronique",
        address_wrong="Écrivez une adresse complète, par exemple nom@example.com.",
        ask="M'envoyer un lien",
        sent_title="Regardez votre courrier",
        sent="Si l'adresse est juste, un message y est en route. Ouvrez le lien qu'il contient dans la journée : nous "
        "ne commençons qu'alors.",
        later_title="Veuillez réessayer plus tard",
        later="Un très grand nombre de personnes font une demande en ce moment. Rien de ce que vous avez écrit n'a été "
        "conservé ; réessayez dans une heure.",
        confirm="Oui, je le veux",
        confirmed_title="Merci",
        confirmed="Nous avons commencé. Vous n'avez plus rien à faire.",
        refused_title="Ce lien ne fonctionne plus",
        refused="Il a déjà servi, date de plus d'un jour ou a été coupé par votre logiciel de messagerie. Si vous le "
        "souhaitez toujours, remplissez à nouveau le formulaire.",
        gone_title="Ce certificat n'est pas ici",
        gone="Le lien a été coupé par votre logiciel de messagerie, ou il est si ancien que nous n'avons gardé que "
        "l'empreinte du certificat.",
        as_paper="Le certificat en PDF",
        as_json="Le même pour les programmes, en JSON",
    ),
    notice=NoticeWords(
        subject="Vos données ont été effacées",
        text=(
            "Vous nous avez demandé d'effacer les données que nous conservons sur vous. C'est achevé depuis le "
            "{date}.\n\n"
            "Un certificat dit quels systèmes les ont effacées, et quand :\n{certificate}\n\n"
            "Votre demande porte le numéro {number}. Avec ce message, nous oublions aussi votre adresse.\n\n{workspace}"
        ),
    ),
    paper=PaperWords(
        title="Certificat d'effacement",
        stated="{workspace} certifie que chacun des systèmes ci-dessous a répondu comme indiqué lorsqu'il lui a été "
        "demandé d'effacer ce qu'il conservait sur une personne.",
        number="Numéro",
        asked="Demandé",
        begun="Commencé",
        completed="Achevé",
        issued="Délivré",
        system="Système",
        answer="Réponse",
        date="Date d'effacement",
        amount="Effacé",
        deleted="Effacé",
        unsupported="Ne connaît personne sous ces identifiants",
        by_hand="Effacé à la main",
        code="code {code}",
        attempts="essai {attempts}",
        subject_title="La personne",
        subject="La personne n'est nommée que par des empreintes à clé secrète. Qui a délivré ce certificat peut dire "
        "si elles sont celles d'un identifiant ; personne ne peut y lire l'identifiant.",
        keys_title="Clés détruites",
        keys="Ce qui a été scellé avec ces clés, qui n'étaient qu'à cette personne, "
        "personne ne peut plus l'ouvrir, où que cela se trouve : {keys}",
        proof_title="Comment le vérifier",
        proof="Le même certificat en JSON porte cette empreinte (SHA-256 de son manifeste sous forme canonique, "
        "RFC 8785) et cette signature Ed25519 de cette forme.",
        fingerprint="Empreinte",
        signature="Signature",
        key="Clé",
        page="Page {page}",
    ),
    archive=ArchiveWords(
        mail_subject="Vos données sont prêtes",
        mail_text=(
            "Ce que nous conservons à votre sujet est prêt dans un fichier chiffré. Téléchargez-le "
            "ici, une seule fois :\n\n{link}\n\nPour l'ouvrir, il vous faut la phrase secrète affichée "
            "lors de la confirmation de votre demande."
        ),
        keep_title="Gardez cette phrase secrète",
        keep=(
            "Elle ouvre le fichier de vos données, dont nous vous enverrons le lien. Elle n'est "
            "affichée que cette fois, et à personne d'autre."
        ),
        title="Vos données",
        text=(
            "Un fichier ZIP, chiffré avec la phrase secrète affichée lors de la confirmation de votre "
            "demande. 7-Zip, WinZip, Keka et d'autres l'ouvrent. Cette page reste valable jusqu'à ce "
            "que vous ayez le fichier."
        ),
        fetch="Télécharger",
        gone_title="Ce fichier n'est pas ici",
        gone=(
            "Il a déjà été téléchargé, son délai est passé, ou votre messagerie a coupé le lien. Vous "
            "pouvez le redemander."
        ),
    ),
)
