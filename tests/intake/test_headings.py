"""Headings of real lists, in English and Spanish, stand for their fields in any spelling."""

import pytest

from caretool.intake.layout import known_header, map_columns
from caretool.rules import read_rules

# discharges.md section 3, field by field, and rulebook.md section 10
ENGLISH = {
    "practice_mrn": ("SubscriberMrn", "MetriplexPatID", "Patient ID as in roster"),
    "mrn": ("MRN", "SenderMrn", "SummitMrn", "Summit MRN", "PatientId", "PatientID", "PAT_MRN_ID",
            "Unit #", "medical_record_no", "mrd_pt_id", "Med Rec #", "PatientIdAmi",
            "EnterpriseId", "subject_id"),
    "member_id": ("SubscriberId", "MEMBER_ID(14)", "CURSUBID", "src_subscriber_id", "BCMBRNBR",
                  "MEMID", "ENRID", "DESYNPUF_ID", "MBI", "Member ID"),
    "visit": ("VisitNumber", "CSN", "PAT_ENC_CSN_ID", "FIN", "Visit ID", "account number",
              "UNIQUE_VISIT_IDENTIFIER", "ed identifier", "accession", "hadm_id", "CLM_ID",
              "AuthId"),
    "name": ("PatientName", "PAT_NAME", "Patient Name", "Name", "Pt Name", "Patient"),
    "last": ("LastName", "PatientLastName", "mem_last_nm", "MEMLASTNAME", "last_nm", "surname",
             "LAST", "Last"),
    "first": ("FirstName", "MEM_FIRST_NAME", "first_nm", "given", "FIRST", "PatienFirstName",
              "Given name(s)"),
    "middle": ("MiddleName", "PatientMiddleName", "MI"),
    "suffix": ("Suffix",),
    "other_last": ("MAIDEN", "Maiden Name", "Other Last Name", "Former Last Name",
                   "Previous Last Name"),
    "birth_date": ("DateOfBirth", "DOB", "Dob", "PatientDOB", "PatientDateofBirth", "PATDOB",
                   "birth_dt", "BIRTHDATE", "BIRTH_DATE", "dob", "Born", "Birth Date"),
    "sex": ("Gender", "PatientGender", "SEXCD", "mem_gender", "Sex", "gender_cd"),
    "zip": ("ZipCode", "PatientZipCode", "Zipcode", "ZIP", "subs_zip_cd"),
    "phone": ("PrimaryPhoneNumber", "PatientPrimaryPhone", "HomePhone", "HOMEPHONE", "Phone"),
    "address": ("Street Address", "PatientStreetAddress", "Address1", "ADDRESS", "Address Line 1"),
    "admit": ("AdmitDate", "AdmitDt", "AdmitTime", "AdmitDateTime", "ADMISSION_DATE(8)", "ADMITDT",
              "HOSP_ADMSN_TIME", "admittime", "START", "CLM_ADMSN_DT", "REGISTRATION_DATE_TIME",
              "FirstDay", "arrv date/time", "Adm Dt", "Admission Date/Time", "Adm."),
    "discharge": ("DischargeDate", "DcDate", "DischargeTime", "DischargeDateTime",
                  "DISCHARGE_DATE", "DISCHDT", "DateDischarge", "SRC_DISCHARGE_DT",
                  "HOSP_DISCH_TIME", "Disch Date", "dischtime", "STOP", "NCH_BENE_DSCHRG_DT",
                  "LastDay", "leave ed date / time", "disch dttm", "ActualDischargeDate",
                  "D/C Date", "DC Date", "Discharge Dt"),
    "disposition": ("DischargeDisposition", "DcDisposition", "Disposition", "DischargeStatus",
                    "DISCHARGE_STATUS(2)", "DISCH_STAT_CD", "PTNT_DSCHRG_STUS_CD",
                    "Disch Disposition", "Patient Disposition", "discharge_location",
                    "ed disch dispo", "DischargeLocation", "Disp", "DC Disp", "Discharged To"),
    "patient_class": ("PatientClass", "PatientClassDescription", "PatClass", "BedType", "StayType",
                      "CaseType", "Pclass", "Ptype", "ENCOUNTERCLASS", "admission_type",
                      "Encounter Class", "Encounter Type", "Pt Class", "Enc Type", "Visit Type",
                      "Service"),
    "event": ("AlertType", "AdmitOrDischarge", "Event Type", "Event Type Description", "HL7Type",
              "Event", "ADT Event"),
    "event_time": ("EventTime", "MessageDateTime", "MessageTime", "RptDt"),
    "facility": ("FacilityName", "FacilityAbbrev", "SendingFacility", "FacDbName",
                 "Facility/Practitioner", "UniversalId", "PRVDR_NUM", "Permanent Facility Id",
                 "Fac", "Hospital", "Location"),
    "diagnosis": ("DiagnosisText", "FinalDiagnosesList", "PatientComplaints", "ChiefComplaint",
                  "DxDescription", "REASONDESCRIPTION", "DiagDesc1", "Primary Dx", "Dx",
                  "Reason for Visit", "AdmitReason", "PrimaryDiagnosisDesc"),
    "diagnosis_code": ("DiagnosisCode", "DiagCode1"),
    "death_flag": ("DeathIndicator", "hospital_expire_flag"),
    "death_date": ("DateOfDeath", "deathtime", "DEATHDATE", "dod"),
    "prior_mrn": ("Prior MRN", "Prior Patient ID"),
    "los": ("LOS", "Length of Stay"),
    "department": ("Room/Bed", "Disch Dept"),
}  # fmt: skip
SPANISH = {
    "name": ("Nombre del Paciente", "Nombre Completo", "Paciente"),
    "last": ("Apellido", "Apellidos", "Apellido Paterno", "Primer Apellido"),
    "second_last": ("Apellido Materno", "Segundo Apellido"),
    "first": ("Nombre", "Nombres", "Primer Nombre"),
    "middle": ("Segundo Nombre", "Inicial"),
    "birth_date": ("Fecha de Nacimiento", "FECHA NACIMIENTO", "F. Nac."),
    "sex": ("Sexo", "Género"),
    "zip": ("Código Postal", "CODIGO POSTAL"),
    "phone": ("Teléfono", "Celular", "Número de Teléfono"),
    "address": ("Dirección", "Dirección Postal"),
    "member_id": ("Contrato", "Número de Contrato", "Núm. Contrato"),
    "mrn": ("Número de Expediente", "Núm. de Récord", "Número de Récord Médico", "Récord",
            "Expediente"),
    "visit": ("Número de Cuenta", "Número de Visita"),
    "admit": ("Fecha de Admisión", "Fecha de Ingreso", "FECHA INGRESO", "Fecha y Hora de Ingreso"),
    "discharge": ("Fecha de Alta", "Fecha de Egreso", "FECHA ALTA", "Fecha y Hora de Alta"),
    "disposition": ("Disposición", "Disposición al Alta", "Destino al Alta"),
    "patient_class": ("Tipo de Paciente", "Clase de Paciente"),
    "facility": ("Hospital", "Facilidad", "Institución"),
    "diagnosis": ("Diagnóstico", "Diagnóstico Principal"),
    "diagnosis_code": ("Código de Diagnóstico",),
    "event": ("Evento", "Tipo de Evento"),
    "los": ("Días de Estadía",),
    "death_date": ("Fecha de Defunción",),
}  # fmt: skip
NOTHING = (
    "ProjectedDischargeDate", "discharge_diag_ind", "CLM_THRU_DT", "ed disposition dttm",
    "Hospital Service", "Zip Code - 3 digits", "Aseguradora", "Subscriber Name", "Subscriber DOB",
    "Start Date", "End Date", "PCP", "Attending", "Médico", "Edad",
)  # fmt: skip


def cases(table):
    return [(field, heading) for field, headings in table.items() for heading in headings]


def listed(heading):
    """The field under whose name `columns.toml` has the heading, compared by hand: no signs."""

    def bare(text):
        plain = text.casefold().translate(str.maketrans("áéíóúüñ", "aeiouun"))
        text = plain.partition("(")[0] if plain.endswith(("(8)", "(14)", "(2)")) else plain
        return "".join(c for c in text.strip().replace("#", "no") if c.isalnum())

    rules = read_rules("columns.toml")
    tables = {**rules["person"], **rules["discharges"]}
    return next(
        (field for field, words in tables.items() if bare(heading) in map(bare, words)), None
    )


@pytest.mark.parametrize(("field", "heading"), cases(ENGLISH) + cases(SPANISH))
def test_each_heading_seen_stands_for_its_field_in_any_case(field, heading):
    assert listed(heading) == listed(heading.upper()) == field
    for spelling in (heading, heading.upper(), heading.lower(), f" {heading} "):
        assert known_header("discharges")(spelling)


@pytest.mark.parametrize("heading", NOTHING)
def test_headings_that_look_like_a_field_and_are_none_stay_unknown(heading):
    assert not known_header("discharges")(heading)


def test_a_list_from_puerto_rico_is_understood():
    header = [
        "Número de Récord", "Apellido Paterno", "Apellido Materno", "Nombre",
        "Fecha de Nacimiento", "Sexo", "Fecha de Ingreso", "Fecha de Alta", "Disposición",
        "Teléfono", "Código Postal", "Facilidad", "Contrato",
    ]  # fmt: skip
    found = map_columns(header, "discharges", file="list.csv").columns
    assert [field for field, _ in sorted(found.items(), key=lambda item: item[1])] == [
        "mrn", "last", "second_last", "first", "birth_date", "sex", "admit", "discharge",
        "disposition", "phone", "zip", "facility", "member_id",
    ]  # fmt: skip
