"""The 348 time zone names that the calendar settings take (OpenAPI 2025-05-11, `timezone`).

A subset of the IANA names with one misspelling of its own, ``America/Santo_Doming``; link names
such as Asia/Kuwait are not in it. Names are grouped by area, as the tz database prints them.
Pure data: which clock a name has is asked of no clock.
"""

import difflib
import re
from functools import cache

_AREAS = {
    "Africa": """
        Abidjan Accra Algiers Bissau Cairo Casablanca Ceuta El_Aaiun Johannesburg Juba
        Khartoum Lagos Maputo Monrovia Nairobi Ndjamena Sao_Tome Tripoli Tunis Windhoek
    """,
    "America": """
        Adak Anchorage Araguaina Argentina/Buenos_Aires Argentina/Catamarca Argentina/Cordoba
        Argentina/Jujuy Argentina/La_Rioja Argentina/Mendoza Argentina/Rio_Gallegos
        Argentina/Salta Argentina/San_Juan Argentina/San_Luis Argentina/Tucuman
        Argentina/Ushuaia Asuncion Atikokan Bahia Bahia_Banderas Barbados Belem Belize
        Blanc-Sablon Boa_Vista Bogota Boise Cambridge_Bay Campo_Grande Cancun Caracas Cayenne
        Chicago Chihuahua Costa_Rica Creston Cuiaba Curacao Danmarkshavn Dawson Dawson_Creek
        Denver Detroit Edmonton Eirunepe El_Salvador Fort_Nelson Fortaleza Glace_Bay Goose_Bay
        Grand_Turk Guatemala Guayaquil Guyana Halifax Havana Hermosillo Indiana/Indianapolis
        Indiana/Knox Indiana/Marengo Indiana/Petersburg Indiana/Tell_City Indiana/Vevay
        Indiana/Vincennes Indiana/Winamac Inuvik Iqaluit Jamaica Juneau Kentucky/Louisville
        Kentucky/Monticello La_Paz Lima Los_Angeles Maceio Managua Manaus Martinique Matamoros
        Mazatlan Menominee Merida Metlakatla Mexico_City Miquelon Moncton Monterrey Montevideo
        Nassau New_York Nipigon Nome Noronha North_Dakota/Beulah North_Dakota/Center
        North_Dakota/New_Salem Nuuk Ojinaga Panama Pangnirtung Paramaribo Phoenix
        Port-au-Prince Port_of_Spain Porto_Velho Puerto_Rico Punta_Arenas Rainy_River
        Rankin_Inlet Recife Regina Resolute Rio_Branco Santarem Santiago Santo_Doming
        Sao_Paulo Scoresbysund Sitka St_Johns Swift_Current Tegucigalpa Thule Thunder_Bay
        Tijuana Toronto Vancouver Whitehorse Winnipeg Yakutat Yellowknife
    """,
    "Antarctica": """
        Casey Davis DumontDUrville Macquarie Mawson Palmer Rothera Syowa Troll Vostok
    """,
    "Asia": """
        Almaty Amman Anadyr Aqtau Aqtobe Ashgabat Atyrau Baghdad Baku Bangkok Barnaul Beirut
        Bishkek Brunei Chita Choibalsan Colombo Damascus Dhaka Dili Dubai Dushanbe Famagusta
        Gaza Hebron Ho_Chi_Minh Hong_Kong Hovd Irkutsk Jakarta Jayapura Jerusalem Kabul
        Kamchatka Karachi Kathmandu Khandyga Kolkata Krasnoyarsk Kuala_Lumpur Kuching Macau
        Magadan Makassar Manila Nicosia Novokuznetsk Novosibirsk Omsk Oral Pontianak Pyongyang
        Qatar Qostanay Qyzylorda Riyadh Sakhalin Samarkand Seoul Shanghai Singapore
        Srednekolymsk Taipei Tashkent Tbilisi Tehran Thimphu Tokyo Tomsk Ulaanbaatar Urumqi
        Ust-Nera Vladivostok Yakutsk Yangon Yekaterinburg Yerevan
    """,
    "Atlantic": """
        Azores Bermuda Canary Cape_Verde Faroe Madeira Reykjavik South_Georgia Stanley
    """,
    "Australia": """
        Adelaide Brisbane Broken_Hill Darwin Eucla Hobart Lindeman Lord_Howe Melbourne Perth
        Sydney
    """,
    "Etc": """
        GMT
    """,
    "Europe": """
        Amsterdam Andorra Astrakhan Athens Belgrade Berlin Brussels Bucharest Budapest
        Chisinau Copenhagen Dublin Gibraltar Helsinki Istanbul Kaliningrad Kiev Kirov Lisbon
        London Luxembourg Madrid Malta Minsk Monaco Moscow Oslo Paris Prague Riga Rome Samara
        Saratov Simferopol Sofia Stockholm Tallinn Tirane Ulyanovsk Uzhgorod Vienna Vilnius
        Volgograd Warsaw Zaporozhye Zurich
    """,
    "Indian": """
        Chagos Christmas Cocos Kerguelen Mahe Maldives Mauritius Reunion
    """,
    "Pacific": """
        Apia Auckland Bougainville Chatham Chuuk Easter Efate Enderbury Fakaofo Fiji Funafuti
        Galapagos Gambier Guadalcanal Guam Honolulu Kosrae Kwajalein Majuro Marquesas Nauru
        Niue Norfolk Noumea Pago_Pago Palau Pitcairn Pohnpei Port_Moresby Rarotonga Tahiti
        Tarawa Tongatapu Wake Wallis
    """,
    "": """
        UTC
    """,
}

TIMEZONES = frozenset(
    f"{area}/{name}" if area else name for area, names in _AREAS.items() for name in names.split()
)

# Derived from the tz database of 2026: of the listed names whose clock is the same through 2026 and
# 2027, one in the same area, the nearest on the map. A test compares the clocks anew.
_SAME_CLOCK = """
    Africa/Abidjan: Africa/Timbuktu
    Africa/Accra: Africa/Lome Africa/Ouagadougou
    Africa/Algiers: Etc/GMT-1
    Africa/Bissau: Africa/Banjul Africa/Conakry Africa/Dakar Africa/Nouakchott
    Africa/Cairo: Egypt
    Africa/Johannesburg: Africa/Gaborone Africa/Lubumbashi Africa/Lusaka Africa/Maseru
    Africa/Lagos: Africa/Brazzaville Africa/Douala Africa/Kinshasa Africa/Libreville Africa/Luanda
        Africa/Malabo Africa/Niamey Africa/Porto-Novo
    Africa/Maputo: Africa/Blantyre Africa/Bujumbura Africa/Harare Africa/Kigali Africa/Mbabane
    Africa/Monrovia: Africa/Bamako Africa/Freetown
    Africa/Nairobi: Africa/Addis_Ababa Africa/Asmara Africa/Asmera Africa/Dar_es_Salaam
        Africa/Djibouti Africa/Kampala Africa/Mogadishu Indian/Antananarivo Indian/Comoro
        Indian/Mayotte
    Africa/Ndjamena: Africa/Bangui
    Africa/Tripoli: Etc/GMT-2 Libya
    America/Adak: America/Atka US/Aleutian
    America/Anchorage: US/Alaska
    America/Argentina/Buenos_Aires: America/Buenos_Aires
    America/Argentina/Catamarca: America/Argentina/ComodRivadavia America/Catamarca
    America/Argentina/Cordoba: America/Cordoba America/Rosario
    America/Argentina/Jujuy: America/Jujuy
    America/Argentina/Mendoza: America/Mendoza
    America/Argentina/Rio_Gallegos: America/Coyhaique
    America/Atikokan: Etc/GMT+5
    America/Blanc-Sablon: Etc/GMT+4
    America/Chicago: CST6CDT US/Central
    America/Curacao: America/Aruba America/Kralendijk
    America/Dawson: Etc/GMT+7
    America/Denver: America/Ciudad_Juarez America/Shiprock MST7MDT Navajo US/Mountain
    America/Detroit: US/Michigan
    America/Edmonton: Canada/Mountain
    America/Halifax: Canada/Atlantic
    America/Havana: Cuba
    America/Indiana/Indianapolis: America/Fort_Wayne America/Indianapolis US/East-Indiana
    America/Indiana/Knox: America/Knox_IN US/Indiana-Starke
    America/Jamaica: America/Cayman Jamaica
    America/Kentucky/Louisville: America/Louisville
    America/Los_Angeles: PST8PDT US/Pacific
    America/Manaus: Brazil/West
    America/Martinique: America/Antigua America/Dominica America/Guadeloupe America/Montserrat
        America/St_Kitts America/St_Lucia America/St_Vincent
    America/Mazatlan: Mexico/BajaSur
    America/Mexico_City: Mexico/General
    America/New_York: EST5EDT US/Eastern
    America/Nipigon: America/Montreal Canada/Eastern
    America/Noronha: Brazil/DeNoronha Etc/GMT+2
    America/Nuuk: America/Godthab
    America/Panama: America/Coral_Harbour EST
    America/Phoenix: MST US/Arizona
    America/Port_of_Spain: America/Grenada
    America/Puerto_Rico: America/Anguilla America/Lower_Princes America/Marigot
        America/St_Barthelemy America/St_Thomas America/Tortola America/Virgin
    America/Rainy_River: Canada/Central
    America/Recife: Etc/GMT+3
    America/Regina: Canada/Saskatchewan Etc/GMT+6
    America/Rio_Branco: America/Porto_Acre Brazil/Acre
    America/Santiago: Chile/Continental
    America/Santo_Doming: America/Santo_Domingo
    America/Sao_Paulo: Brazil/East
    America/St_Johns: Canada/Newfoundland
    America/Tijuana: America/Ensenada America/Santa_Isabel Mexico/BajaNorte
    America/Vancouver: Canada/Pacific
    America/Whitehorse: Canada/Yukon
    Asia/Ashgabat: Asia/Ashkhabad
    Asia/Bangkok: Asia/Vientiane Etc/GMT-7
    Asia/Choibalsan: Asia/Ulan_Bator
    Asia/Dhaka: Asia/Dacca Etc/GMT-6
    Asia/Dubai: Asia/Muscat Etc/GMT-4
    Asia/Ho_Chi_Minh: Asia/Phnom_Penh Asia/Saigon
    Asia/Hong_Kong: Hongkong
    Asia/Jerusalem: Asia/Tel_Aviv Israel
    Asia/Karachi: Etc/GMT-5
    Asia/Kathmandu: Asia/Katmandu
    Asia/Kolkata: Asia/Calcutta
    Asia/Macau: Asia/Macao
    Asia/Makassar: Asia/Ujung_Pandang
    Asia/Nicosia: Europe/Nicosia
    Asia/Qatar: Asia/Bahrain
    Asia/Riyadh: Asia/Aden Asia/Kuwait Etc/GMT-3
    Asia/Seoul: ROK
    Asia/Shanghai: Asia/Chongqing Asia/Chungking Asia/Harbin PRC
    Asia/Singapore: Etc/GMT-8 Singapore
    Asia/Srednekolymsk: Etc/GMT-11
    Asia/Taipei: ROC
    Asia/Tehran: Iran
    Asia/Thimphu: Asia/Thimbu
    Asia/Tokyo: Etc/GMT-9 Japan
    Asia/Urumqi: Asia/Kashgar
    Asia/Vladivostok: Etc/GMT-10
    Asia/Yangon: Asia/Rangoon
    Atlantic/Cape_Verde: Etc/GMT+1
    Atlantic/Faroe: Atlantic/Faeroe
    Atlantic/Reykjavik: Atlantic/St_Helena Iceland
    Australia/Adelaide: Australia/South
    Australia/Brisbane: Australia/Queensland
    Australia/Broken_Hill: Australia/Yancowinna
    Australia/Darwin: Australia/North
    Australia/Hobart: Australia/Currie Australia/Tasmania
    Australia/Lord_Howe: Australia/LHI
    Australia/Melbourne: Australia/Victoria
    Australia/Perth: Australia/West
    Australia/Sydney: Australia/ACT Australia/Canberra Australia/NSW
    Etc/GMT: Etc/GMT+0 Etc/GMT-0 Etc/GMT0 Etc/Greenwich GMT GMT+0 GMT-0 GMT0 Greenwich
    Europe/Athens: EET
    Europe/Belgrade: Europe/Sarajevo
    Europe/Berlin: CET MET
    Europe/Chisinau: Europe/Tiraspol
    Europe/Dublin: Eire Europe/Isle_of_Man
    Europe/Helsinki: Europe/Mariehamn
    Europe/Istanbul: Asia/Istanbul Turkey
    Europe/Kiev: Europe/Kyiv
    Europe/Lisbon: Portugal WET
    Europe/London: Europe/Belfast Europe/Guernsey Europe/Jersey GB GB-Eire
    Europe/Moscow: W-SU
    Europe/Oslo: Arctic/Longyearbyen Atlantic/Jan_Mayen
    Europe/Rome: Europe/San_Marino Europe/Vatican
    Europe/Tirane: Europe/Podgorica Europe/Skopje
    Europe/Vienna: Europe/Bratislava Europe/Ljubljana Europe/Zagreb
    Europe/Warsaw: Poland
    Europe/Zurich: Europe/Busingen Europe/Vaduz
    Pacific/Auckland: Antarctica/McMurdo Antarctica/South_Pole NZ
    Pacific/Chatham: NZ-CHAT
    Pacific/Easter: Chile/EasterIsland
    Pacific/Enderbury: Pacific/Kanton
    Pacific/Fiji: Etc/GMT-12
    Pacific/Gambier: Etc/GMT+9
    Pacific/Guadalcanal: Pacific/Ponape
    Pacific/Guam: Pacific/Saipan
    Pacific/Honolulu: Etc/GMT+10 HST Pacific/Johnston US/Hawaii
    Pacific/Kwajalein: Kwajalein
    Pacific/Pago_Pago: Etc/GMT+11 Pacific/Midway Pacific/Samoa US/Samoa
    Pacific/Pitcairn: Etc/GMT+8
    Pacific/Port_Moresby: Pacific/Truk Pacific/Yap
    Pacific/Tongatapu: Etc/GMT-13
    UTC: Etc/UCT Etc/UTC Etc/Universal Etc/Zulu UCT Universal Zulu
"""

# Cities and countries of the region that the tz database has no name for.
_ALSO_CALLED = """
    Africa/Cairo: Alexandria
    Asia/Amman: Jordan
    Asia/Baghdad: Arabic_Standard_Time Basra Iraq
    Asia/Beirut: Lebanon
    Asia/Damascus: Syria
    Asia/Dubai: Abu_Dhabi Arabian_Standard_Time Emirates Oman Sharjah UAE United_Arab_Emirates
    Asia/Qatar: Doha Manama
    Asia/Riyadh: Arab_Standard_Time Dammam Jeddah KSA Makkah Mecca Medina Sanaa Saudi Saudi_Arabia
        Yemen
"""


@cache
def _stand_ins() -> dict[str, str]:
    """A listed name with the same clock, by each folded name that is not listed."""
    found: dict[str, str] = {}
    listed = ""
    for word in f"{_SAME_CLOCK}{_ALSO_CALLED}".split():
        if word.endswith(":"):
            listed = word[:-1]
        else:
            found[_folded(word)] = listed
    return found


@cache
def _cities() -> dict[str, str]:
    """The listed name that a city alone means, by its folded last part; the first one counts."""
    names = [*((name, name) for name in sorted(TIMEZONES)), *_stand_ins().items()]
    cities: dict[str, str] = {}
    for name, listed in names:
        cities.setdefault(_folded(name.rpartition("/")[2]), listed)
    return cities


def _folded(name: str) -> str:
    """A name without what people vary: case, blanks for underscores."""
    return "_".join(name.lower().replace("_", " ").split())


def nearest(name: str) -> str:
    """The listed name that somebody means by one that is not; empty where none comes close.

    By meaning first: another spelling, the same clock, a city alone, an offset such as ``UTC+3``;
    then by letters. Offsets are those of the Gulf's neighbours where they can be.

    >>> [nearest(name) for name in ("Asia/Kuwait", "asia/riyadh", "Kuwait", "UTC+3", "Asia/Riyad")]
    ['Asia/Riyadh', 'Asia/Riyadh', 'Asia/Riyadh', 'Asia/Riyadh', 'Asia/Riyadh']
    """
    folded = _folded(name)
    spelt = {_folded(one): one for one in TIMEZONES}
    offset = re.fullmatch(r"(?:utc|gmt)?_?([+-])_?0?([0-9]{1,2})(?::?00)?", folded)
    if offset:  # the tz database counts westwards
        folded = f"etc/gmt{'-' if offset[1] == '+' else '+'}{offset[2]}"
    meant = spelt.get(folded) or _stand_ins().get(folded) or _cities().get(folded)
    return meant or next(iter(difflib.get_close_matches(name, TIMEZONES, 1, 0.6)), "")
