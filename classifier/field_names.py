"""The field names that tell what their value is: data, one block an entity, in eight languages.

Names are written folded: lower case, words run together, no diacritics.
"""

from classifier.entities import Entity

# Wherever such a name stands, its value is hidden, with all that is below it.
TELLING: dict[Entity, str] = {
    Entity.EMAIL_ADDRESS: """
        email mail emailaddress mailaddress emailid useremail contactemail replyto replytoemail emails workemail
        emailadresse mailadresse epost correo correoelectronico adresseemail courriel adressemail
        indirizzoemail postaelettronica adresemail emailadres enderecodeemail correioeletronico
    """,
    Entity.PHONE_NUMBER: """
        phone phonenumber phoneno telephone telephonenumber tel telno mobile mobilenumber mobilephone mobileno cell
        cellphone cellnumber cellphonenumber fax faxnumber landline msisdn whatsapp whatsappnumber contactnumber
        contactphone dayphone eveningphone homephone workphone telefon telefonnummer telefonnr handy handynummer mobil
        mobilnummer mobiltelefon rufnummer telefonnummern telefono numerotelefono numerodetelefono movil celular
        numeromovil telefonomovil cellulare numerodicellulare telefoncellulare portable numeroportable numtel
        numerodetel telefone numerotelefone telemovel telefoonnummer telefoon mobielnummer mobiel gsm gsmnummer
        numertelefonu telefonkomorkowy komorka telefonstacjonarny
    """,
    Entity.PERSON: """
        firstname lastname givenname familyname surname middlename fullname realname legalname maidenname birthname
        forename fname lname fullname displayname personname contactname customername patientname cardholder
        cardholdername nameoncard accountholder accountholdername holdername beneficiaryname employeename
        nextofkin emergencycontact mothersmaidenname mothername fathername spousename preferredname
        nickname recipientname sendername ownername authorname guestname passengername drivername studentname
        doctorname physicianname attendingphysician primaryphysician additionalname
        vorname nachname familienname geburtsname rufname vollername vollstandigername kundenname ansprechpartner
        prenom nomdefamille nomcomplet nomprenom prenoms nomdenaissance nomusuel
        nombrecompleto nombreyapellido nombreyapellidos apellido apellidos primerapellido segundoapellido
        cognome nomecompleto nomeecognome sobrenome apelido nomedamae primeironome ultimonome
        imie nazwisko imieinazwisko imienazwisko nazwiskorodowe drugieimie
        voornaam achternaam tussenvoegsel volledigenaam roepnaam geboortenaam naamklant
    """,
    Entity.USERNAME: """
        username loginname userlogin screenname handle twitterhandle twitter instagram telegram skype skypeid
        benutzername nutzername nombredeusuario nombreusuario nomutilisateur identifiant nomeutente nomedeusuario
        nomeusuario nazwauzytkownika gebruikersnaam samaccountname
    """,
    Entity.LOCATION: """
        address streetaddress street streetname streetnumber housenumber addressline addresslineone addresslinetwo
        mailingaddress postaladdress homeaddress workaddress billingaddress shippingaddress deliveryaddress
        residence residentialaddress zip zipcode postcode postalcode city town hometown birthplace placeofbirth
        latitude longitude lat lng lon latlng latlong geolocation gpscoordinates coordinates apartment
        adresse anschrift strasse strassenname hausnummer plz postleitzahl ort wohnort stadt geburtsort wohnadresse
        lieferadresse rechnungsadresse strasseundhausnummer
        direccion calle codigopostal ciudad domicilio localidad poblacion lugardenacimiento
        rue codepostal ville lieudenaissance adressepostale adressecomplete
        indirizzo cap citta comune luogodinascita codicepostale
        endereco rua cep cidade morada codigopostal bairro logradouro
        adres ulica kodpocztowy miasto miejscowosc miejsceurodzenia adreszamieszkania numerdomu
        straat straatnaam huisnummer postcode woonplaats geboorteplaats
    """,
    Entity.DATE_OF_BIRTH: """
        dob dateofbirth birthdate birthday birthdaydate birthdt bday born bornon yearofbirth birthyear
        geburtsdatum geburtstag gebdatum geb fechadenacimiento fechanacimiento fnac datedenaissance datenaissance
        nele neele datadinascita datanascita nascita datadenascimento datanascimento nascimento
        dataurodzenia geboortedatum geboren geboortedag
    """,
    Entity.AGE: "age alter edad eta idade wiek leeftijd ageyears patientage",
    Entity.GENDER: "gender sex geschlecht sexo genero sexe sesso genere plec geslacht genderidentity",
    Entity.NRP: """
        nationality citizenship religion ethnicity race ethnicgroup politicalparty politicalaffiliation politicalview
        sexualorientation staatsangehorigkeit nationalitat nacionalidad nationalite nazionalita cittadinanza
        nacionalidade narodowosc obywatelstwo nationaliteit
    """,
    Entity.CREDIT_CARD: """
        creditcard creditcardnumber creditcardno cardnumber cardno ccnumber ccnum ccno cardnum pan primaryaccountnumber
        debitcard debitcardnumber paymentcard kreditkarte kreditkartennummer kartennummer tarjeta numerodetarjeta
        numerotarjeta tarjetadecredito cartedecredit numerodecarte cartebancaire numerocarte cartadicredito
        numerocarta cartaodecredito numerodocartao numerkarty kartakredytowa creditcardnummer
    """,
    Entity.CARD_CODE: "cvv cvc cvv2 cvc2 cvvcode securitycode cardcode cardsecuritycode csc pin pincode cardpin",
    Entity.IBAN_CODE: "iban ibannumber ibancode ibannummer bankiban",
    Entity.BANK_ACCOUNT: """
        accountnumber accountno acctno acctnumber bankaccount bankaccountnumber bankacct routingnumber sortcode swift
        swiftcode bic biccode abarouting kontonummer bankverbindung blz bankleitzahl numerodecuenta cuentabancaria
        numerodecompte comptebancaire contocorrente numeroconto contabancaria numerkonta rachunekbankowy
        rekeningnummer bankrekening clabe bsb
    """,
    Entity.IP_ADDRESS: """
        ip ipaddress ipaddr ipv4 ipv6 clientip remoteip remoteaddr remoteaddress userip lastloginip sourceip ipadresse
        direccionip adresseip indirizzoip xforwardedfor xrealip peerip
    """,
    Entity.MAC_ADDRESS: "mac macaddress macaddr hwaddr hardwareaddress wifimac ethernetmac bssid macadresse",
    Entity.DEVICE_ID: "imei imsi meid idfa idfv gaid adid advertisingid androidid aaid udid iccid serialnumber",
    Entity.PASSWORD: """
        password passwd pwd pass passphrase passcode userpassword oldpassword newpassword passwort kennwort contrasena
        motdepasse senha haslo wachtwoord passwordhash hashedpassword passwordconfirmation confirmpassword
    """,
    Entity.SECRET: """
        secret clientsecret apikey apitoken apisecret accesstoken refreshtoken idtoken authtoken token bearertoken
        authorization privatekey secretkey accesskey accesskeyid secretaccesskey sessiontoken sessioncookie cookie
        setcookie csrftoken jwt xapikey credentials otp onetimepassword securityanswer signingkey encryptionkey
        webhooksecret connectionstring
    """,
    Entity.NATIONAL_ID: """
        nationalid nationalidnumber nationalidentifier identitynumber identitycard idcard idcardnumber idnumber govid
        governmentid personalnumber personalidnumber citizenid residentid ausweisnummer personalausweis
        personalausweisnummer documentodeidentidad numerodocumento cartedidentite numerocni cartadidentita
        nass nuss numerodeseguridadsocial numerodelaseguridadsocial
        rg registrogeral dowodosobisty numerdowodu identiteitskaart
    """,
    Entity.TAX_ID: """
        taxid taxidnumber taxnumber taxidentificationnumber tin vatid vatnumber steuernummer ustid numerofiscal
        numerofiscale partitaiva nip numeroidentificacionfiscal numerofiscaldereference
    """,
    Entity.US_PASSPORT: """
        uspassport uspassportnumber uspassportno
    """,
    Entity.PASSPORT: """
        passport passportnumber passportno passportid travelpassport reisepass reisepassnummer passnummer pasaporte
        numeropasaporte numerodepasaporte passeport numeropasseport numerodepasseport passaporto numeropassaporto
        passaporte paszport numerpaszportu paspoort paspoortnummer
    """,
    Entity.DRIVER_LICENSE: """
        driverlicense driverslicense driverlicensenumber driverslicensenumber drivinglicence drivinglicense
        drivinglicencenumber driverlicence licensenumber dlnumber fuhrerschein fuhrerscheinnummer permisdeconduire
        carnetdeconducir permisodeconducir licenciadeconducir patente patentediguida cartadeconducao
        cnh prawojazdy rijbewijs rijbewijsnummer
    """,
    Entity.MEDICAL_RECORD: """
        mrn medicalrecord medicalrecordnumber patientid patientnumber healthinsurancenumber healthplannumber
        insurancenumber insuranceid policyholderid memberhealthid medicareid medicarenumber medicaidid
        versichertennummer krankenkassennummer numerodeasegurado numerosecurite healthcardnumber
    """,
    Entity.LICENSE_PLATE: """
        licenseplate licenceplate platenumber numberplate vehicleplate registrationplate vin vehicleidentificationnumber
        kennzeichen kfzkennzeichen matricula immatriculation plaquedimmatriculation targa
        placa numerrejestracyjny kenteken
    """,
}

# Such a name tells only below one of these parents (see PARENTS).
AMBIGUOUS: dict[str, dict[Entity, str]] = {
    "root": {Entity.PERSON: "name names nombre nombres nom nome naam imiona"},
    "person": {
        Entity.PERSON: "name names first last middle given family nombre nombres nom nome naam full initials alias",
        Entity.LOCATION: """
            line lines state country region province county location district neighborhood land provincia pais pays
            estado stato paese provincie kraj wojewodztwo bundesland departement countrycode statecode
        """,
        Entity.USERNAME: "login",
    },
    "card": {
        Entity.CREDIT_CARD: "number num no pan",
        Entity.CARD_CODE: "code",
        Entity.PERSON: "name holder",
    },
}

# What an object is about, by the name of the field that holds it; every other object is about a thing.
PARENTS: dict[str, str] = {
    "root": """
        data attributes payload body result results record records response request field fields detail details row rows
        value values update updates input output object objects hit hits message messages batch
    """,
    "person": """
        user users customer client patient person people contact employee staff member owner author creator assignee
        manager traits trait profile account billing shipping delivery recipient sender guest buyer seller passenger
        traveler traveller subscriber lead applicant candidate student teacher pupil parent guardian spouse partner
        child children dependent beneficiary payer payee holder insured policyholder subject actor identity
        physician doctor nurse attendee participant invitee organizer signer signatory reporter requester approver
        reviewer visitor resident tenant landlord donor volunteer winner player driver borrower lender debtor creditor
        kunde kunden benutzer nutzer patienten mitarbeiter absender empfanger cliente clientes usuario usuarios paciente
        empleado destinatario remitente utilisateur employe destinataire expediteur utente paziente dipendente
        usuaria funcionario klient uzytkownik pacjent pracownik odbiorca nadawca klant gebruiker medewerker ontvanger
        geolocation geo ship bill to from cc bcc personalinfo personaldata personaldetails demographics
    """,
    "card": "card cards payment paymentmethod paymentsource instrument",
}

# A plain string below such a name is a person: `"patient": "John Smith"`; a number or an object is not.
PEOPLE = """
    customer patient person contact employee author assignee manager recipient sender guest buyer seller passenger
    traveler traveller subscriber applicant candidate student teacher pupil guardian spouse beneficiary payer payee
    insured policyholder physician doctor nurse attendee participant invitee organizer signer signatory reporter
    requester approver reviewer visitor resident tenant landlord donor borrower lender debtor creditor surgeon
    kunde patientin absender empfanger arzt paciente cliente medico medecin paziente dottore pacjent lekarz arts
    destinatario remitente destinataire expediteur odbiorca nadawca ontvanger klant
"""

# Words that only say whose value it is; one that names a person also makes `name` tell.
PREFIXES = """
    customer cust user usr client billing bill shipping ship contact home work office primary secondary personal private
    my your guest buyer seller sender recipient patient employee emp member owner account delivery mailing legal current
    default alternate alternative alt backup business person subject applicant student parent guardian spouse
    partner holder passenger traveler lead subscriber author emergency mother father insured payer payee
    beneficiary doctor physician raw new old previous verified main mobile invoice reply login contacto kunden cliente
    a the of
"""
# Words that say nothing about the kind: `email_1`, `phone_primary`, `name_value`.
SUFFIXES = "value text raw string str primary secondary home work one two three main alt encrypted plain field input"
