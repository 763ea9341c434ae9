"""What a column's name says of its cells, in the languages of hospitals: keys, people, and codes written in digits.

Names are looked at as words without accents: ``Código postal``, ``PostalCode`` and ``postal_code`` alike. A name alone
decides nothing that the cells contradict: a ``zip`` of 0 and 1 stays binary.
"""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

SPECIAL = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "ı": "i", "ð": "d"})
"""Letters that Unicode does not take apart into a plain one and its accent."""

NUMBER = (
    "(?:no|nr|num|nbr|number|nummer|numero|numer|nro|numara|szam|szama|cislo|stevilka|broj|номер|key|ref|identifier|id)"
)
HOLDER = (
    "(?:patient|patienten|pat|pt|subject|person|account|acct|claim|case|record|member|policy|chart|stay|encounter|episode|"
    "visit|insurance|security|nhs|nhi|chi|medicare|medicaid|passport|licen[sc]e|accession|specimen|barcode|serial|study|"
    "studien?|participant|proband|probanden|teilnehmer|screening|rand|randomi[sz]ation|hosp|hospital|unit|ur|sample|lab|"
    "order|invoice|kv|fall|akten|versicherten|versicherungs|sozialversicherungs|krankenkassen|kassen|mitglieds|aufnahme|"
    "proben|auftrags|rechnungs|ausweis|pass|dossier|journal|personal|personen|fodsels|foedsels|pasient|potilas|paciente|"
    "paziente|pacjenta?|pacienta?|bolnika?|hasta|beteg|protokol|protokoll|dosya|kimlik|rodne|registration|reg|enrol?ment)s?"
)
FILE = (
    "(?:patient|paciente|paziente|pacjenta?|pacienta?|pasient|historia(?:_clinica)?|dossier|expediente|cartella|"
    "prontuario|secu|securite_sociale|assure|utente|processo|пациента|карты|истории_болезни)"
)
"""What a number that is named first is of: ``num_historia``; in the singular, since ``num_visits`` counts."""
KEY_WORD = (
    "(?:id|ids|uid|pid|mrn|nbr|ssn|guid|uuid|hash|sha\\d*|md5|medrec|npi|hicn?|mbi|iban|email|e_mail|mrn|csn|uhid|ihi|nric|"
    "hkid|aadhaar|urn|dni|nif|nhc|curp|rfc|cpf|cnpj|cns|prontuario|ipp|nir|nip|nosologico|matricola|expediente|cedula|"
    "bsn|kvnr|ahv|avs|cpr|hetu|henkilotunnus|personnummer|pesel|oib|emso|cnp|amka|αμκα|tc_kimlik|kimlik|снилс|инн|полис|"
    "aktenzeichen|fallnummer|cartella|rekord|codice_fiscale|codice_paziente|historia_clinica|identifiant|identificador|rodne_cislo|"
    "versichertennummer)"
)
KEY_ALONE = (
    "(?:(?:patient|subject|person|account|acct|claim|participant|proband)s?|dossier|nie|rut|taj|har|ur|tube|record)"
)
PHONE = (
    "(?:(?:tele)?(?:phone|fax|mobile)|tele?fon[eo]?|telephone|telefax|mobil|movil|handy|celular|cellulare|tel|cel|puhelin|"
    "телефон)"
)
ROW = "(?:unnamed_\\d+|index_level_\\d+|level_0|rows?|row_?num|row_?number|row_?names?|row_?no|row_?nr|idx)"
KEY_NAME = re.compile(
    rf"(?:^|_){KEY_WORD}$|^{KEY_ALONE}$|^(?:.*_)?{HOLDER}_?{NUMBER}$|^(?:{NUMBER}|n)_(?:d[aeiou]?_|del_|della_|la_)*{FILE}$"
    rf"|^(?:.*_)?{PHONE}(?:_?{NUMBER})?$|^(?:.*_)?(?:mrn|ssn|subjectid|patientid|identifier)(?:_.*)?$|^{ROW}$"
    r"|患者|病[历歷案]号|(?:(?<!郵便)番号|(?<!郵便番)号|號|(?<!우편)번호|رقم)$|身份证|電話|电话|전화|^ид"
)
"""Names of keys: repeats of a value do not excuse them."""
PATIENT = re.compile(r"patient|subject|person|pa[cz]ient|(?:^|_)(?:mrn|ssn|pid)(?:_|$)|患者|환자")
WEAK_NAME = re.compile(r"(?:^|_)(?:index|no|nr|num|number|key|ref|code|account|acct|claim|record|sequence|seq|serial)$")
"""Names of keys or of counts: a key only where nearly every value is another one."""

PERSONAL = re.compile(
    r"^(?:.*_)?(?:last|first|middle|maiden|given|family|sur|fore|full|birth|patient|person|mother|father|spouse|contact|kin|"
    r"physician|doctor|provider|nurse|user|legal|preferred)_?names?(?:_\d)?$"
    r"|^(?:.*_)?(?:nachname|vorname|familienname|geburtsname|apellidos?|prenoms?|cognome|achternaam|voornaam|efternamn|"
    r"fornamn|etternavn|fornavn|sukunimi|etunimi|nazwisko|imie|prijmeni|jmeno|vezeteknev|keresztnev|priimek|prezime|soyadi?|"
    r"фамилия|имя|отчество|фио|επωνυμο|maiden|sobrenome)(?:_.*)?$"
    r"|^(?:names?|nom|nome|nombres?|ime|namn|navn|naam|nimi|last|first)$"
    r"|^(?:.*_)?(?:address|addr|street|street_name|anschrift|adresse?|strasse|direccion|domicilio|indirizzo|adres|adress|osoite|"
    r"endereco|адрес|улица|e_?mail|next_of_kin)(?:_?(?:line)?_?\d)?$"
    r"|姓名|氏名|名前|성명|住所|地址|주소"
)
"""Names of columns of people's names and addresses: their levels would be published."""

PLACE = (
    "zip|zipcode|zip_code|zip_?[359]|plz|postleitzahl|postal|postcode|postalcode|postal_code|code_postal|codigo_postal|"
    "cod_postal|codice_postale|postnr|postnummer|postinumero|postal_?kode|kod_pocztowy|psc|iranyitoszam|irsz|posta_kodu|"
    "pin_?code|eircode|почтовыи_индекс|ταχ_κωδ|mikud|fips|county|counties|state|region|commune|insee|gemeinde|"
    "gemeindeschluessel|gemeindeschlussel|gemeindekennziffer|municipality|municipio|kommune|kommunenr|comune|istat|kreis|"
    "landkreis|bezirk|tract|census_tract|census_block|block_group|lsoa|msoa|district|ward|province|provincia|prefecture|"
    "canton|kanton|departement|wojewodztwo|powiat|oblast|hospital|site|clinic|facility|station|department|country|"
    "郵便番号|邮政编码|邮编|우편번호"
)
SYSTEM = (
    "icd|icd_?(?:9|10|11)(?:_?cm)?|dx|drg|ms_?drg|apr_?drg|hcpcs|cpt|ndc|atc|ops|ccs|snomed|snomedct|loinc|rxnorm|rxcui|cvx|"
    "naics|sic|isco|nace|opcs|icpc|orpha|omim|concept|specialty|payer|insurance_type|"
    "race|ethnicity|ethnic_group|ethnic|sex|gender|geschlecht|sexe|sexo|sesso|marital|marital_status|religion|language|"
    "nationality|occupation|blood_type|blood_group"
)
CODE_WORD = (
    "code|codes|cd|kode|kod|codigo|codice|koodi|kood|schluessel|schlussel|kennziffer|concept_id|type_id|source_id|"
    "disposition_id|site_id|category_id|class_id|status_id|type|typ|tipo"
)
CODE_NAME = re.compile(
    rf"^(?:.*_)?(?:{PLACE}|{SYSTEM})(?:_?(?:{CODE_WORD}|nr|no|num|number))?(?:_?\d)?$|^(?:.*_)?(?:{CODE_WORD})$"
)
"""Names of codes: whole numbers there are names of something, whose differences mean nothing."""
ICD_NAME = re.compile(
    r"^(?:.*_)?(?:icd|icd_?(?:9|10|11)(?:_?cm)?|dx|diag|diagnos[ei]s|diagnose|diagnosi|diagnostico)(?:_?(?:code|codes|cd|kode))?"
    r"(?:_?\d{1,2})?$"
)
"""Names of diagnoses: numbers there are codes of ICD-9 even with decimals, such as 401.9."""
DIAGNOSIS = re.compile(r"[A-Z]?\d[0-9A-Z](?:[0-9A-Z]?\.?[0-9A-Z]{1,4})?", re.IGNORECASE)
MEASURE = re.compile(
    r"(?:^|_)(?:in|of|per|to|from|at|n|num|number|count|days?|hours?|time|years?|length|los|duration|total|rate|score|risk|"
    r"costs?|distance)_"
)
"""Words before a place or a code that make a measurement of it, as in ``time_in_hospital``."""
SHORT_PLACE = re.compile(r"^(?:.*_)?(?:cap|cp|cep|ags|npa|индекс|τ_κ|τκ|pin|dept)$")
"""Names that mean a postal code where the numbers have four to eight digits, and something else otherwise."""
SERIAL_DATE = re.compile(
    r"(?:^|_)(?:dates?|datum|fecha|data|dato|datetime|timestamp|dob|dod|dt|birth|admit|admitted|discharged?|died|death)$"
)
"""Names of dates, which a spreadsheet keeps as days since 1899-12-30."""


@lru_cache(maxsize=100_000)
def name_words(name: str) -> str:
    """Return a column's name as lower-case words without accents, joined by underscores.

    >>> name_words("PatientID"), name_words("Unnamed: 0"), name_words("__index_level_0__"), name_words("Código Postal")
    ('patient_id', 'unnamed_0', 'index_level_0', 'codigo_postal')
    """
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
    apart = unicodedata.normalize("NFKD", parted.casefold().translate(SPECIAL))
    plain = unicodedata.normalize("NFC", "".join(c for c in apart if not unicodedata.combining(c)))
    return re.sub(r"[\W_]+", "_", plain).strip("_")


def is_patient_key(name: str) -> bool:
    """Return whether a column is named as one that says which patient a row is of.

    >>> [is_patient_key(name) for name in ("patient_nbr", "ID", "SubjectId", "admission_type_id", "patient_age")]
    [True, True, True, False, False]
    """
    words = name_words(name)
    return words in ("id", "ids") or (KEY_NAME.search(words) is not None and PATIENT.search(words) is not None)


def holds_codes(name: str, values: np.ndarray) -> bool:
    """Return whether numbers are codes by their column's name: whole ones but for diagnoses, and more than 0 and 1.

    Args:
        name: The column's name.
        values: Its numbers, none missing.

    >>> holds_codes("Home ZIP", np.array([10001.0, 94110.0])), holds_codes("zip_known", np.array([0.0, 1.0]))
    (True, False)
    >>> holds_codes("CAP", np.array([20121.0, 184.0])), holds_codes("cap", np.array([20121.0, 38100.0]))
    (False, True)
    >>> holds_codes("icd9_code", np.array([401.9, 250.0])), holds_codes("dx_count", np.array([2.0, 3.0]))
    (True, False)
    """
    words = name_words(name)
    named = CODE_NAME.search(words) or ICD_NAME.search(words)
    if not named and not SHORT_PLACE.search(words):
        return False
    if not len(values) or ((values == 0) | (values == 1)).all():
        return False
    if (values != np.rint(values)).any():
        two_decimals = np.abs(100 * values - np.rint(100 * values)).max() < 1e-6
        return bool(values.min() >= 1 and values.max() < 1000 and two_decimals and ICD_NAME.search(words))
    if SHORT_PLACE.search(words):
        return bool(values.min() >= 10**3 and values.max() < 10**8)
    key = KEY_NAME.search(words) and not re.search(rf"(?:^|_)(?:{CODE_WORD})$", words)
    return bool(values.min() >= -9 and named and not MEASURE.search(words) and not key)


def holds_diagnoses(name: str, texts: Sequence[str]) -> bool:
    """Return whether texts are codes of diagnoses by their column's name and their own form, numbers among them.

    >>> holds_diagnoses("diag_1", ["250.83", "V27"]), holds_diagnoses("diag_1", ["250.83", "unknown"])
    (True, False)
    """
    return ICD_NAME.search(name_words(name)) is not None and all(DIAGNOSIS.fullmatch(text) for text in texts)


def serial_days(name: str, values: np.ndarray) -> bool:
    """Return whether numbers of a column of dates lie where a spreadsheet's days of 1909 to 2064 do.

    >>> serial_days("AdmitDate", np.array([43831.0])), serial_days("data", np.array([3.0]))
    (True, False)
    """
    low, high = values.min(), values.max()
    return bool(low >= 3_500 and high < 60_000 and SERIAL_DATE.search(name_words(name)))
