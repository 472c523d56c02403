"""Field names of many languages tell; names of settings, counts and things do not."""

# ruff: noqa: RUF001, SIM905 - letters of other alphabets are what this is about; words read better in lines.

import time

import pytest

from classifier import ENTITIES, Entity
from classifier.field_names import known_names
from classifier.key_names import entity_of, words_of
from classifier.keys import KeyTable
from tests.classifier.finding import masked_value

# One row a language: names of a person, a mail address, a phone, a birthday, and an address.
LANGUAGES = {
    "en": "first_name email mobilePhone date-of-birth street_address",
    "de": "Vorname E-Mail-Adresse Handynummer Geburtsdatum Straße",
    "fr": "prénom adresse_mail numéro_de_téléphone date_de_naissance rue",
    "es": "apellidos correo_electrónico teléfono_móvil fecha_de_nacimiento dirección",
    "it": "cognome indirizzo_email cellulare data_di_nascita indirizzo",
    "pt": "sobrenome endereço_de_email telemóvel data_de_nascimento morada",
    "nl": "achternaam e-mailadres mobiel_nummer geboortedatum woonadres",
    "pl": "nazwisko adres_e-mail numer_telefonu data_urodzenia ulica",
    "cs": "příjmení e-mailová_adresa telefonní_číslo datum_narození bydliště",
    "hu": "vezetéknév email_cím telefonszám születési_dátum lakcím",
    "ro": "prenume adresă_de_email număr_de_telefon data_nașterii domiciliu",
    "bg": "фамилия електронна_поща телефонен_номер дата_на_раждане адрес",
    "hr": "prezime email_adresa broj_telefona datum_rođenja prebivalište",
    "sr": "презиме имејл_адреса број_телефона датум_рођења адреса",
    "el": "επώνυμο ηλεκτρονική_διεύθυνση τηλέφωνο ημερομηνία_γέννησης διεύθυνση",
    "tr": "soyadı e-posta_adresi cep_telefonu doğum_tarihi ev_adresi",
    "ru": "фамилия электронная_почта номер_телефона дата_рождения адрес",
    "uk": "прізвище електронна_пошта номер_телефону дата_народження вулиця",
    "lt": "pavardė el_pašto_adresas telefono_numeris gimimo_data gatvė",
    "lv": "uzvārds e-pasta_adrese tālruņa_numurs dzimšanas_datums dzīvesvieta",
    "et": "perekonnanimi e-posti_aadress telefoninumber sünnikuupäev elukoht",
    "fi": "sukunimi sähköpostiosoite puhelinnumero syntymäaika katuosoite",
    "sv": "efternamn e-postadress mobilnummer födelsedatum gatuadress",
    "no": "etternavn e-postadresse mobilnummer fødselsdato gateadresse",
    "da": "efternavn e-mailadresse mobilnummer fødselsdato bopæl",
    "ca": "cognoms correu_electrònic telèfon_mòbil data_de_naixement adreça",
    "eu": "abizena helbide_elektronikoa telefono_zenbakia jaiotze_data helbidea",
    "he": "שם_משפחה דואר_אלקטרוני מספר_טלפון תאריך_לידה כתובת",
    "ar": "اسم_العائلة البريد_الإلكتروني رقم_الهاتف تاريخ_الميلاد العنوان",
    "fa": "نام_خانوادگی پست_الکترونیک شماره_موبایل تاریخ_تولد آدرس",
    "hi": "उपनाम ईमेल मोबाइल_नंबर जन्म_तिथि पता",
    "bn": "পদবি ইমেইল মোবাইল_নম্বর জন্ম_তারিখ ঠিকানা",
    "ta": "முழு_பெயர் மின்னஞ்சல் தொலைபேசி_எண் பிறந்த_தேதி முகவரி",
    "th": "นามสกุล อีเมล เบอร์โทรศัพท์ วันเกิด ที่อยู่",
    "vi": "họ_và_tên địa_chỉ_email số_điện_thoại ngày_sinh địa_chỉ",
    "id": "nama_lengkap alamat_email nomor_telepon tanggal_lahir alamat_rumah",
    "ms": "nama_penuh alamat_emel nombor_telefon tarikh_lahir poskod",
    "sw": "jina_kamili barua_pepe namba_ya_simu tarehe_ya_kuzaliwa anwani",
    "ko": "성명 이메일주소 휴대폰번호 생년월일 주소",
    "ja": "氏名 メールアドレス 携帯番号 生年月日 住所",
    "zh": "姓名 电子邮件 手机号码 出生日期 家庭住址",
    "zh-Latn": "xingming youxiang shoujihao shengri dizhi",
    "ka": "გვარი ელფოსტა ტელეფონის_ნომერი დაბადების_თარიღი მისამართი",
    "hy": "ազգանուն էլեկտրոնային_փոստ հեռախոսահամար ծննդյան_ամսաթիվ հասցե",
    "az": "soyadı elektron_poçt telefon_nömrəsi doğum_tarixi ünvan",
    "kk": "тегі электрондық_пошта телефон_нөмірі туған_күні мекенжай",
    "sq": "mbiemri posta_elektronike numri_i_telefonit datëlindja vendbanimi",
    "sl": "priimek elektronska_pošta telefonska_številka datum_rojstva naslov_prebivališča",
    "sk": "priezvisko emailová_adresa telefónne_číslo dátum_narodenia bydlisko",
    "mk": "презиме електронска_пошта телефонски_број датум_на_раѓање адреса",
    "is": "eftirnafn netfang símanúmer fæðingardagur heimilisfang",
    "ga": "sloinne ríomhphost guthán dáta_breithe seoladh",
    "cy": "cyfenw ebost ffôn dyddiad_geni cyfeiriad",
    "tl": "apelyido email telepono petsa_ng_kapanganakan tirahan",
    "km": "ឈ្មោះពេញ អ៊ីមែល លេខទូរស័ព្ទ ថ្ងៃខែឆ្នាំកំណើត អាសយដ្ឋាន",
}
# Written as systems write them: prefixed, suffixed, plural, nested in one name, with a slip.
VARIED = [
    ("customerEmailAddress", "EMAIL_ADDRESS"),
    ("hotelGuestEmail", "EMAIL_ADDRESS"),
    ("USER.EMAIL", "EMAIL_ADDRESS"),
    ("emial_address", "EMAIL_ADDRESS"),
    ("x-contact-phone-number", "PHONE_NUMBER"),
    ("phonenumer", "PHONE_NUMBER"),
    ("telephon", "PHONE_NUMBER"),
    ("agent_first_name", "GIVEN_NAME"),
    ("sureName", "FAMILY_NAME"),
    ("passengerDateOfBirth", "DATE_OF_BIRTH"),
    ("applicant_ssn", "US_SSN"),
    ("e\u200bmail", "EMAIL_ADDRESS"),
    ("ｅｍａｉｌ", "EMAIL_ADDRESS"),
    ("doctor_name", "MEDICAL_PROFESSIONAL"),
    ("card_expiry", "CARD_EXPIRATION"),
    ("annualSalary", "SALARY"),
    ("sessionId", "SESSION_ID"),
    ("idfa", "ADVERTISING_ID"),
    ("wallet_address", "CRYPTO"),
    ("diagnosis", "HEALTH_CONDITION"),
    ("medications", "DRUG"),
    ("marital_status", "MARITAL_STATUS"),
    ("religion", "RELIGION"),
    ("sexual_orientation", "SEXUAL_ORIENTATION"),
    ("political_affiliation", "POLITICAL_OPINION"),
    ("citizenship", "NATIONALITY"),
    ("driving_licence_number", "DRIVER_LICENSE"),
    ("snils", "RU_SNILS"),
    ("आधार संख्या", "NATIONAL_ID"),
    ("cnp", "RO_CNP"),
]
HARMLESS = """
    email_sent_count emailCount phone_verified nameplate address_id is_email email_template email_provider
    email_status emailNotificationsEnabled email_subject email_opt_in phone_type phone_country_prefix has_phone
    phoneVerifiedAt password_strength password_policy password_updated_at passwordMinLength token_count token_type
    tokens_used max_tokens file_name filename fileName product_name productName event_name eventName host_name
    hostname table_name column_name class_name method_name function_name package_name module_name service_name
    app_name application_name plan_name project_name branch_name tag_name metric_name queue_name topic_name
    bucket_name cluster_name region_name zone_name space_name team_name group_name role_name permission_name
    policy_name rule_name template_name theme_name font_name color_name category_name brand_name model_name
    device_name browser_name os_name index_name field_name key_name schema_name db_name database_name view_name
    job_name task_name step_name stage_name flow_name pipeline_name test_name suite_name report_name dashboard_name
    chart_name widget_name component_name page_name route_name screen_title namespace naming named rename renamed
    nameless username_count unique_emails_total id _id uuid guid user_id userId account_id order_id orderNumber
    order_number invoice_number invoiceNo ticket_number tracking_number serial version build_number revision commit
    sha hash checksum etag created_at updatedAt deleted_at timestamp ts time date datetime start_date end_date
    due_date expires_at expiresIn duration timeout interval delay retries retry_count attempts status state
    status_code error error_code errorMessage message msg level severity priority type kind category tags labels
    label title subtitle heading description summary body content text note notes comment comments url uri href link
    path route query params method protocol scheme port host domain subdomain origin referrer user_agent userAgent
    locale language lang currency price amount total subtotal tax discount quantity qty size width height length
    weight depth volume color colour count sum avg min max mean median p50 p95 p99 rate ratio percent score rank
    rating votes likes shares views clicks impressions conversions sessions bounces page page_size pageSize limit
    offset cursor sort order direction filter search q enabled disabled active inactive visible hidden public
    private locked archived draft published featured pinned starred flagged approved rejected pending open closed
    done success failed ok valid invalid cpu memory disk network latency throughput bandwidth uptime load
    temperature humidity pressure voltage speed distance sku barcode isbn ean upc model brand manufacturer vendor
    supplier warehouse inventory stock shelf bin lot batch department team company organization division branch
    office_hours shift schedule event events eventType action actions operation operations trigger source target
    destination channel campaign medium keyword placement creative image thumbnail icon logo banner video audio
    document attachment mime_type content_type encoding charset compression is_active is_admin isEnabled
    has_children can_edit should_notify use_cache allow_signup enable_logging show_banner theme layout template
    component widget plugin module package library framework runtime platform environment stage region zone cluster
    node pod container image_tag namespace_id replica replicas partition shard topic queue consumer producer stream
    job jobs task tasks worker workers thread threads process pid ppid exit_code signal run runs retry
    race_condition handle_count event_handler street_view_enabled citylights addressable surnamed phonetic emailer
    cardinality cardboard card_count cards_total mobile_friendly cellular cell_count agenda agency agent pager
    ageing sexagesimal ipsum shipment equipment tooltip zipper zipfile gzip macro machine macos pinned_at pin_count
    passed passing bypass passage compass tokenizer secretary authored authorization_type cookies_enabled
    session_count salary_band_count birthrate birthmark genderless dobby ssnake ibanez vincent fastest first_seen
    last_seen firstRun lastRun first_page last_page middle lastmod given_at family_plan fullscreen full_text
    display_order displayMode nickel ideal identical identifier_type customer_count customer_tier customer_segment
    user_count user_role user_type users_online account_type account_plan billing_cycle billing_plan shipping_method
    shipping_cost delivery_status delivery_window payment_method payment_status contact_us contact_form order_items
    member_count guest_count passenger_count patient_count employee_count next_page_token page_token prev_token
    fin_quarter spi_bus nrt_lag ein_flag pps ci adj dry_run test_run last_run subject_line account_state from_state
    to_state line_items line_number lines code codes status_text
""".split()


@pytest.mark.parametrize("language", LANGUAGES)
def test_everyday_field_names_of_a_language_tell(language: str) -> None:
    names = LANGUAGES[language].split()

    silent = [name for name in names if entity_of(words_of(name)) is None]

    assert silent == []


@pytest.mark.parametrize(("name", "entity"), VARIED)
def test_a_name_tells_however_it_is_written(name: str, entity: str) -> None:
    assert entity_of(words_of(name)) == Entity(entity)


def test_the_table_has_fifty_languages_and_known_entities() -> None:
    rows = list(known_names())

    assert {where for _, _, _, where in rows} <= {"", "root", "person", "card"}
    assert {entity for _, entity, _, _ in rows} <= set(ENTITIES)
    assert len({language for _, _, language, _ in rows}) >= 70
    assert len(LANGUAGES) >= 50
    assert len(rows) > 3000


def test_names_of_things_counts_and_settings_do_not_tell() -> None:
    told = {name: entity for name in HARMLESS if (entity := entity_of(words_of(name))) is not None}

    assert told == {}


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"tokens": 4096, "logins": 3}, {"tokens": 4096, "logins": 3}),
        ({"tokens": {"prompt": 12, "completion": 34}}, {"tokens": {"prompt": 12, "completion": 34}}),
        ({"tokens": ["x"], "pins": [1234]}, {"tokens": ["<SECRET>"], "pins": [0]}),
        ({"phones": 4155550132}, {"phones": 0}),
        ({"passports": [12345]}, {"passports": [0]}),
        ({"ages": 42, "emails": "x"}, {"ages": 0, "emails": "<EMAIL_ADDRESS>"}),
        ({"user": {"ad": "x", "cap": "20100"}}, {"user": {"ad": "<GIVEN_NAME>", "cap": "<POSTCODE>"}}),
        ({"ad": "banner", "run": 17}, {"ad": "banner", "run": 17}),
    ],
)
def test_a_number_below_a_plural_is_a_count_unless_a_list_holds_it(document: object, expected: object) -> None:
    assert masked_value(document) == expected


def test_a_hundred_thousand_invented_names_are_read_in_bounded_time() -> None:
    names = [f"emial{number:x}_pasword" for number in range(20_000)]
    table = KeyTable("root")
    start = time.process_time()

    told = {table[name].entity for name in names}

    assert told <= {Entity.PASSWORD, None}
    assert time.process_time() - start < 10  # 0.5 ms a name, many times what it takes.
