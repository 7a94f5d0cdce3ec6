# ruff: noqa: E501 - the tables below read as tables, one record a line
"""Invented clients: the two clean client files, and the builders the file of mistakes shares with them."""

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from .places import PLACES
from .rfc import rfc_of_company, rfc_of_person, without_accents

Row = dict[str, str]

COLUMNS = (
    "internalId",
    "name",
    "legal_name",
    "rfc",
    "email",
    "phone",
    "tax_system",
    "use",
    "address.street",
    "address.city",
    "address.state",
    "address.zip",
    "address.country",
    "metadata.segment",
)

ERP_HEADINGS: Mapping[str, str] = {
    "Identificador interno": "internalId",
    "Nombre": "name",
    "Razón social": "legal_name",
    "RFC": "rfc",
    "Correo electrónico": "email",
    "Teléfono": "phone",
    "Régimen fiscal": "tax_system",
    "Uso CFDI": "use",
    "Calle": "address.street",
    "Ciudad": "address.city",
    "Estado": "address.state",
    "Código postal": "address.zip",
    "País": "address.country",
}


class Company(NamedTuple):
    """A persona moral: its RFC is made of the legal name and the day it was founded."""

    name: str
    legal_name: str
    founded: date
    tax_system: str
    use: str
    street: str
    zip: str
    segment: str = ""


class Person(NamedTuple):
    """A persona física: its RFC is made of the names and the day of birth."""

    given: str
    paternal: str
    maternal: str
    born: date
    tax_system: str
    use: str
    street: str
    zip: str
    segment: str = ""


# fmt: off
COMPANIES: tuple[Company, ...] = (
    Company("Molinos del Bajío", "MOLINOS Y HARINAS DEL BAJIO", date(1998, 4, 17), "601", "G01", "Blvd. Aeropuerto 1450", "37000", "industria"),
    Company("Aceros Cerro Azul", "ACEROS PERFILADOS CERRO AZUL", date(2003, 9, 2), "601", "G01", "Av. Ruiz Cortines 3310", "64000", "industria"),
    Company("Transportes Sierra Alta", "TRANSPORTES REGIONALES SIERRA ALTA", date(2008, 1, 29), "624", "G03", "Carretera 57 km 8", "78000", "transporte"),
    Company("Papalote de Tinta", "EDITORIAL PAPALOTE DE TINTA", date(2011, 6, 14), "601", "G03", "Orizaba 87", "06700", "medios"),
    Company("Fundación Manos que Siembran", "FUNDACION MANOS QUE SIEMBRAN", date(2014, 10, 9), "603", "G03", "Calle 60 num. 412", "97000", "social"),
    Company("Pescadores de Bahía Clara", "COOPERATIVA PESCADORES DE BAHIA CLARA", date(1996, 3, 21), "620", "G01", "Malecón 205", "23000", "campo"),
    Company("Valle de los Mezquites", "AGROPECUARIA VALLE DE LOS MEZQUITES", date(2001, 12, 5), "622", "G01", "Periférico Norte 78", "83000", "campo"),
    Company("Grupo Tres Volcanes", "GRUPO INDUSTRIAL TRES VOLCANES", date(1989, 7, 31), "623", "G03", "Blvd. Atlixco 2290", "72000", "industria"),
    Company("Sonrisa del Sur", "CLINICA DENTAL SONRISA DEL SUR", date(2016, 2, 11), "601", "G03", "Av. Central 915", "29000", "salud"),
    Company("Nogal Educación", "TECNOLOGIA EDUCATIVA NOGAL", date(2019, 8, 23), "626", "G03", "Av. Insurgentes Sur 1602, piso 4", "03100", "educacion"),
    Company("Café Niebla", "CAFETALERA NIEBLA DE COATEPEC", date(2020, 5, 6), "626", "G01", "Xalapeños Ilustres 31", "91000", "alimentos"),
    Company("Puentes del Mayab", "CONSTRUCTORA PUENTES DEL MAYAB", date(2005, 11, 18), "601", "I01", "Av. Gobernadores 340", "24000", "construccion"),
    Company("Calle de los Faroles", "HOSPEDAJE CALLE DE LOS FAROLES", date(2012, 4, 3), "601", "I02", "Plaza de la Paz 14", "36000", "turismo"),
    Company("Muebles Ocotal", "MUEBLES ARTESANALES OCOTAL", date(1994, 9, 27), "601", "G01", "Independencia 226", "45500", "industria"),
    Company("Farmacias Luz de Luna", "FARMACIAS LUZ DE LUNA", date(2010, 1, 15), "601", "G01", "Madero 518", "58000", "salud"),
    Company("El Pistón Rojo", "AUTOPARTES EL PISTON ROJO", date(2007, 6, 8), "601", "I03", "Calz. Ávila Camacho 1122", "20000", "comercio"),
    Company("Hilo de Plata", "TEXTILES HILO DE PLATA", date(1985, 2, 28), "601", "G01", "Av. Juárez 77", "90000", "industria"),
    Company("Piedra Blanca", "PREFABRICADOS PIEDRA BLANCA", date(2009, 10, 30), "601", "G01", "Blvd. Colosio 4001", "42000", "construccion"),
    Company("Colegio Horizonte Abierto", "COLEGIO HORIZONTE ABIERTO", date(1992, 8, 19), "603", "G03", "Av. Vallarta 3050", "44100", "educacion"),
    Company("Red de Bibliotecas", "RED DE BIBLIOTECAS COMUNITARIAS", date(2017, 3, 7), "603", "G01", "Alcalá 402", "68000", "social"),
    Company("Logística Puerta Norte", "LOGISTICA PUERTA NORTE", date(2013, 7, 12), "601", "I03", "Av. Tecnológico 980", "32000", "transporte"),
    Company("Solar del Desierto", "ENERGIA SOLAR DEL DESIERTO", date(2018, 11, 26), "601", "I08", "Av. Universidad 3200", "31000", "energia"),
    Company("Laboratorio Cuatro Caminos", "LABORATORIO CLINICO CUATRO CAMINOS", date(2002, 5, 16), "601", "G03", "Calz. Ingenieros 19", "53100", "salud"),
    Company("Cómputo Colibrí", "SERVICIOS DE COMPUTO COLIBRI", date(2021, 1, 22), "626", "I04", "Av. Universidad 811", "04100", "tecnologia"),
    Company("Telecom Altiplano", "TELECOMUNICACIONES RURALES ALTIPLANO", date(2015, 9, 4), "601", "I06", "Hidalgo 645", "98000", "tecnologia"),
    Company("Comal y Metate", "RESTAURANTES COMAL Y METATE", date(2011, 12, 13), "601", "G01", "Av. Presidente Masaryk 61", "11000", "alimentos"),
    Company("Pinturas Arcoíris", "DISTRIBUIDORA DE PINTURAS ARCOIRIS", date(2000, 2, 29), "601", "G02", "Blvd. Kukulcán 12", "77500", "comercio"),
    Company("Ñandú Rojo", "DISEÑO Y PUBLICIDAD ÑANDU ROJO", date(2022, 4, 25), "626", "G03", "Río Lerma 140", "06600", "medios"),
    Company("Ojo de Águila", "SEGURIDAD PRIVADA OJO DE AGUILA", date(2006, 8, 10), "601", "G03", "Blvd. Agua Caliente 4500", "22000", "servicios"),
)

PERSONS: tuple[Person, ...] = (
    Person("MARIA FERNANDA", "OLVERA", "TREJO", date(1988, 3, 14), "612", "G03", "Heriberto Frías 1120-302", "03100", "profesionista"),
    Person("JORGE LUIS", "CANTU", "ZERTUCHE", date(1975, 11, 2), "612", "G03", "Río Mississippi 55", "66220", "profesionista"),
    Person("ANA SOFIA", "BARRIENTOS", "NUÑEZ", date(1991, 6, 27), "612", "I04", "Av. Chapultepec 390", "45050", "profesionista"),
    Person("RODRIGO", "ELIZONDO", "PAZ", date(1983, 1, 19), "612", "G03", "Allende 733", "25000", "profesionista"),
    Person("LUCIA", "IBARRA", "MENDEZ", date(1969, 9, 8), "606", "G03", "Av. Constitución 28", "62000", "arrendador"),
    Person("HECTOR", "SALDIVAR", "QUIROZ", date(1994, 4, 30), "605", "D10", "Av. 5 de Febrero 190", "76000", "asalariado"),
    Person("PATRICIA", "NAVARRETE", "LUGO", date(1987, 12, 11), "605", "S01", "Av. Hidalgo 2100", "89000", "asalariado"),
    Person("EMILIO", "ROSAS", "CAMPUZANO", date(1979, 7, 23), "621", "G03", "Morelos 401", "50000", "comercio"),
    Person("DANIELA", "URIBE", "ESPARZA", date(1996, 10, 5), "625", "G03", "Calle Obregón 1510", "80000", "plataforma"),
    Person("OSCAR", "VILLASEÑOR", "TAMEZ", date(1990, 2, 17), "626", "G03", "Av. Juárez 318", "64000", "profesionista"),
    Person("TERESA", "ZAMORA", "ARRIAGA", date(1972, 5, 9), "608", "D01", "Av. México 66", "63000", "particular"),
    Person("GERARDO", "MALDONADO", "FIERRO", date(1965, 8, 28), "611", "S01", "Bosque de Duraznos 65", "05120", "inversionista"),
    Person("GABRIELA", "ORTEGA", "ÑAÑEZ", date(2000, 2, 29), "626", "G01", "Sonora 77", "86000", "comercio"),
    Person("IVAN", "CORDERO", "BELTRAN", date(1981, 3, 3), "614", "S01", "Av. 20 de Noviembre 904", "34000", "inversionista"),
    Person("ELENA", "GUERRERO", "SANDOVAL", date(1999, 11, 20), "616", "S01", "Costera 1820", "39300", "particular"),
)

ERP_COMPANIES: tuple[Company, ...] = (
    Company("Panadería La Espiga Ñoña", "PANADERIA ESPIGA ÑOÑA", date(2009, 3, 12), "601", "G01", "Av. Cuauhtémoc 1090", "03100"),
    Company("Imprenta Águila y Sol", "IMPRENTA AGUILA Y SOL", date(1997, 10, 1), "601", "G03", "Doctor Vértiz 23", "06700"),
    Company("Óptica Buenavista", "OPTICA Y LENTES BUENAVISTA", date(2014, 5, 20), "626", "G01", "Calz. Guadalupe 410", "07300"),
    Company("Jardinería El Cedrón", "JARDINERIA VIVERO CEDRON", date(2018, 2, 6), "626", "G03", "Camino al Ajusco 77", "14000"),
    Company("Refacciones Ibáñez", "REFACCIONES INDUSTRIALES IBAÑEZ", date(1991, 12, 19), "601", "I08", "Eje 3 Norte 268", "02000"),
)

ERP_PERSONS: tuple[Person, ...] = (
    Person("BEGOÑA", "CASTAÑEDA", "RIOS", date(1986, 9, 15), "612", "G03", "Peña Pobre 12", "14000"),
    Person("JOSE ANGEL", "MUÑIZ", "AVILA", date(1978, 1, 6), "612", "G03", "Año de Juárez 210", "09000"),
    Person("ITZEL", "PEÑA", "CORTES", date(1995, 5, 25), "605", "D10", "Río Churubusco 1004", "08500"),
    Person("RAMON", "ACUÑA", "LEAL", date(1970, 7, 7), "626", "G01", "San Jerónimo 639", "10200"),
)
# fmt: on


def client_rows() -> list[Row]:
    """48 clients: 30 companies, 16 people and the two generic RFCs."""
    rows = [client_row(company) for company in COMPANIES]
    rows.append(_of_sat("Escuela Kemper Urgate", "ESCUELA KEMPER URGATE", "EKU9003173C9", "26015"))
    rows += [client_row(person) for person in PERSONS]
    berenice = _of_sat("Berenice Ximo Quezada", "BERENICE XIMO QUEZADA", "XIQB891116QE4", "06600")
    rows.append(berenice | {"tax_system": "605", "use": "D10", "metadata.segment": "asalariado"})
    rows += [_walk_in_client(), _foreign_client()]
    return [_numbered(row, f"CLI-{n:04d}", f"55 5550 {n:04d}") for n, row in enumerate(rows, start=1)]


def erp_rows() -> list[Row]:
    """12 clients under the Spanish headings of an ERP; their ids begin with zeros, as ERPs' do."""
    rows = [client_row(company) for company in ERP_COMPANIES]
    rows += [client_row(person) for person in ERP_PERSONS]
    rows.append(_of_sat("Herrería & Eléctricos", "HERRERIA & ELECTRICOS", "H&E951128469", "06600"))
    rows.append(_of_sat("Orgánicos Ñávez Osorio", "ORGANICOS ÑAVEZ OSORIO", "OÑO120726RX3", "01210"))
    rows.append(_of_sat("Zapatería Urtado Ñeri", "ZAPATERIA URTADO ÑERI", "ZUÑ920208KL4", "04100"))
    numbered = [_numbered(row, f"{416 + n:06d}", f"55 5560 {n:04d}") for n, row in enumerate(rows, start=1)]
    return [
        {heading: (row | {"address.country": "México"})[column] for heading, column in ERP_HEADINGS.items()}
        for row in numbered
    ]


def client_row(client: Company | Person) -> Row:
    """The client's row, without internalId and phone."""
    if isinstance(client, Company):
        name, legal_name = client.name, client.legal_name
        rfc = rfc_of_company(legal_name, client.founded)
        email = f"facturas@{_mailable(name)}.example"
    else:
        given, paternal, maternal = client.given, client.paternal, client.maternal
        name, legal_name = f"{given} {paternal}".title(), f"{given} {paternal} {maternal}"
        rfc = rfc_of_person(given, paternal, maternal, client.born)
        email = f"{_mailable(given)}.{_mailable(paternal)}@correo.example"
    city, state = PLACES[client.zip]
    return {
        "name": name,
        "legal_name": legal_name,
        "rfc": rfc,
        "email": email,
        "tax_system": client.tax_system,
        "use": client.use,
        "address.street": client.street,
        "address.city": city,
        "address.state": state,
        "address.zip": client.zip,
        "address.country": "MEX",
        "metadata.segment": client.segment,
    }


def _of_sat(name: str, legal_name: str, rfc: str, code: str) -> Row:
    """One of the RFCs SAT publishes for tests, with the name of its test certificate."""
    client = Company(name, legal_name, date(2000, 1, 1), "601", "G03", "Reforma 100", code, "pruebas")
    return client_row(client) | {"rfc": rfc}


def _walk_in_client() -> Row:
    """The national generic RFC; its postal code is the issuer's own."""
    client = Company(
        "Público en general", "PUBLICO EN GENERAL", date(2000, 1, 1), "616", "S01", "", "06600", "mostrador"
    )
    return client_row(client) | {"rfc": "XAXX010101000", "email": "mostrador@emisor.example"}


def _foreign_client() -> Row:
    """The foreign generic RFC: the issuer's postal code, so no Mexican city or state beside a foreign street."""
    street = "1200 Heron Creek Rd, Austin TX 78701"
    client = Company(
        "Blue Heron",
        "BLUE HERON ANALYTICS LLC",
        date(2000, 1, 1),
        "616",
        "S01",
        street,
        "06600",
        "exportacion",
    )
    abroad = {"rfc": "XEXX010101000", "address.city": "", "address.state": "", "address.country": "USA"}
    return client_row(client) | abroad


def _numbered(row: Row, internal_id: str, phone: str) -> Row:
    return {"internalId": internal_id, "phone": phone} | row


def _mailable(name: str) -> str:
    """A name as it would stand in an e-mail address; `.example` is reserved, so no mail can arrive."""
    plain = without_accents(name.lower()).replace("ñ", "n").replace("&", "y")
    return "-".join(plain.split())
