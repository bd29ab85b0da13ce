"""The 348 time zone names that the calendar settings take (OpenAPI 2025-05-11, `timezone`).

A subset of the IANA names with one misspelling of its own, ``America/Santo_Doming``; link names
such as Asia/Kuwait are not in it. Names are grouped by area, as the tz database prints them.
"""

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

NEAREST = {
    "Africa/Addis_Ababa": "Africa/Nairobi",
    "America/Santo_Domingo": "America/Santo_Doming",
    "Asia/Aden": "Asia/Riyadh",
    "Asia/Bahrain": "Asia/Qatar",
    "Asia/Calcutta": "Asia/Kolkata",
    "Asia/Kuwait": "Asia/Riyadh",
    "Asia/Muscat": "Asia/Dubai",
    "Asia/Saigon": "Asia/Ho_Chi_Minh",
    "Europe/Kyiv": "Europe/Kiev",
    "GMT": "Etc/GMT",
}
"""A listed name with the same clock, for names that people try and the API does not list."""
