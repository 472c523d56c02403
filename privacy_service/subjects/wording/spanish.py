"""Lo que se dice en español: what is said in Spanish."""

from privacy_service.subjects.wording.base import ArchiveWords, NoticeWords, PageWords, PaperWords, Words

SPANISH = Words(
    page=PageWords(
        title="Borrar mis datos",
        text="Borramos lo que guardamos sobre usted y no recogemos nada más. Antes le enviamos un mensaje para que lo "
        "confirme.",
        mail_subject="Confirme, por favor, que borremos sus datos",
        mail_text=(
            "Alguien, esperamos que usted, nos ha pedido que borremos los datos que guardamos sobre esta dirección.\n\n"
            "Para confirmarlo, abra esta página en el plazo de un día:\n\n{link}\n\nSi no ha sido usted, no haga nada."
        ),
        address="Su dirección de correo electrónico",
        address_wrong="Escriba una dirección completa, como nombre@example.com.",
        ask="Enviarme un enlace",
        sent_title="Mire su correo",
        sent="Si la dirección es correcta, un mensaje va de camino a ella. Abra el enlace que contiene en el plazo de "
        "un día: solo entonces empezamos.",
        later_title="Inténtelo más tarde, por favor",
        later="Ahora mismo preguntan muchísimas personas. No se ha guardado nada de lo que escribió; inténtelo de "
        "nuevo dentro de una hora.",
        confirm="Sí, lo quiero",
        confirmed_title="Gracias",
        confirmed="Hemos empezado. No tiene que hacer nada más.",
        refused_title="Este enlace ya no funciona",
        refused="Ya se usó, tiene más de un día o su programa de correo lo cortó. Si todavía lo desea, rellene el "
        "formulario otra vez.",
        gone_title="Este certificado no está aquí",
        gone="Su programa de correo cortó el enlace, o es tan antiguo que solo conservamos la huella del certificado.",
        as_paper="El certificado en PDF",
        as_json="El mismo para programas, en JSON",
    ),
    notice=NoticeWords(
        subject="Sus datos se han borrado",
        text=(
            "Nos pidió que borráramos los datos que guardamos sobre usted. Se completó el {date}.\n\n"
            "Un certificado dice qué sistemas los borraron y cuándo:\n{certificate}\n\n"
            "Su solicitud tiene el número {number}. Con este mensaje olvidamos también su dirección.\n\n{workspace}"
        ),
    ),
    paper=PaperWords(
        title="Certificado de borrado",
        stated="{workspace} certifica que cada uno de los sistemas siguientes respondió como se indica cuando se le "
        "pidió borrar lo que guardaba sobre una persona.",
        number="Número",
        asked="Solicitado",
        begun="Iniciado",
        completed="Completado",
        issued="Emitido",
        system="Sistema",
        answer="Respuesta",
        date="Fecha de borrado",
        amount="Borrado",
        deleted="Borrado",
        unsupported="No conoce a nadie por estos identificadores",
        by_hand="Borrado a mano",
        code="código {code}",
        attempts="intento {attempts}",
        subject_title="La persona",
        subject="La persona solo se nombra con resúmenes hechos con una clave secreta. Quien emitió este certificado "
        "puede decir si son los de un identificador; nadie puede leer el identificador en ellos.",
        keys_title="Claves destruidas",
        keys="Lo que se selló con estas claves, que eran solo de esta persona, "
        "ya no lo puede abrir nadie, esté donde esté: {keys}",
        proof_title="Cómo se verifica",
        proof="El mismo certificado en JSON lleva esta huella (SHA-256 de su manifiesto en forma canónica, RFC 8785) y "
        "esta firma Ed25519 de esa forma.",
        fingerprint="Huella",
        signature="Firma",
        key="Clave",
        page="Página {page}",
    ),
    archive=ArchiveWords(
        mail_subject="Sus datos están listos",
        mail_text=(
            "Lo que guardamos sobre usted está listo en un archivo cifrado. Descárguelo aquí, una sola "
            "vez:\n\n{link}\n\nPara abrirlo necesita la contraseña que se le mostró al confirmar su "
            "solicitud."
        ),
        keep_title="Guarde esta contraseña",
        keep=("Abre el archivo con sus datos, cuyo enlace le enviaremos. Se muestra solo esta vez, y a nadie más."),
        title="Sus datos",
        text=(
            "Un archivo ZIP, cifrado con la contraseña que se le mostró al confirmar su solicitud. Lo "
            "abren 7-Zip, WinZip, Keka y otros. Esta página sirve hasta que tenga el archivo."
        ),
        fetch="Descargar",
        gone_title="Este archivo no está aquí",
        gone=("Ya se descargó, su plazo ha terminado o su programa de correo cortó el enlace. Puede volver a pedirlo."),
    ),
)
