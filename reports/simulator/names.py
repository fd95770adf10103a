"""Invented names: of people, of guests who type whatever they like, of courses and rooms.

Only lists; who is who is decided in `campus`. First and last names combine within a line, so that
they go together; any likeness to a real person is chance.
"""

from __future__ import annotations

MAIL_DOMAIN = "lindenmoor.example"

# first names | last names
NAME_LINES = (
    "Amara Chidi Ngozi Emeka Ifeoma Tunde Zainab Kelechi | Okafor Adeyemi Balogun Eze Nwosu Bello",
    "Wanjiru Kamau Achieng Otieno Makena Baraka | Mwangi Odhiambo Njoroge Wekesa Kiptoo Mutua",
    "Thandiwe Sipho Lerato Kagiso Naledi Bongani | Dlamini Nkosi Mokoena Khumalo Molefe Zulu",
    "Layla Omar Yasmin Karim Huda Tarek Salma Rami | Haddad Mansour Nasser Khalil Farouk Saleh",
    "Leila Arash Parisa Kaveh Shirin Navid | Karimi Rostami Ahmadi Tehrani Moradi Jafari",
    "Aarav Priya Rohan Ananya Vikram Meera Kabir Diya | Sharma Iyer Mehta Reddy Banerjee Kapoor",
    "Ayesha Bilal Sana Hamza Mariam Usman | Siddiqui Qureshi Chaudhry Malik Rehman Ansari",
    "Wei Jing Minghao Xinyi Haoran Yutong Zihan Ruoxi | Zhang Liu Chen Zhao Huang Zhou",
    "Haruto Yui Sota Aoi Ren Sakura Kaito | Tanaka Nakamura Kobayashi Yoshida Matsumoto Inoue",
    "Minjun Seoyeon Jiho Hana Dohyun Sujin | Kim Park Choi Jung Kang Yoon",
    "Linh Minh Thuy Quang Mai Duc | Nguyen Tran Pham Hoang Vo Dang",
    "Siti Budi Dewi Agus Putri Rizky | Wijaya Santoso Hartono Lestari Pratama Nugroho",
    "Sofía Mateo Valentina Santiago Camila Lucía | García Rojas Morales Herrera Castillo Vega",
    "João Beatriz Rafael Larissa Tiago Inês | Almeida Carvalho Pereira Souza Ribeiro Moreira",
    "Zofia Jakub Maja Antoni Łucja Szymon | Kowalczyk Nowicki Wójcik Zieliński Mazur Krawczyk",
    "Olena Taras Iryna Bohdan Daryna Andriy | Shevchuk Kovalenko Melnyk Bondar Tkachenko Lysenko",
    "Élodie Hugo Camille Théo Manon Baptiste | Lefèvre Moreau Girard Rousseau Lambert Fontaine",
    "Greta Jonas Lena Felix Hannah Moritz | Hoffmann Krüger Schäfer Vogel Brandt Lindemann",
    "Freja Magnus Astrid Lars Ingrid Søren | Lindqvist Sørensen Halvorsen Bergström Dahl Nygård",
    "Elif Emre Zeynep Mert Defne Baran | Yılmaz Demir Çelik Aydın Koç Şahin",
    "Giulia Luca Chiara Matteo Elena Davide | Ferrari Conti Ricci Gallo Marino Greco",
    "Eleni Nikos Katerina Giorgos Danae Petros | Papadakis Nikolaou Georgiou Vlachos Makris",
    "Aoife Cillian Niamh Rory Siobhán Declan | O'Brien Gallagher Byrne McCarthy Doyle Quinn",
    "Harriet Oliver Poppy George Imogen Callum | Whitfield Hartley Ashworth Pemberton Marsh Loxley",
    "Maya Jordan Talia Marcus Naomi Tyrell | Washington Bennett Coleman Rivera Hughes Fletcher",
    "Aroha Tama Leilani Sione Moana Wiremu | Ngata Parata Tupou Faleolo Kahale Walker",
)
# Whole names in other scripts or with characters that programs stumble over.
UNUSUAL_NAMES = (
    "نور الهاشمي",
    "يوسف القاسم",
    "דנה בן־עמי",
    "איתי לוין",
    "李思远",
    "佐々木 美咲",
    "Олена Гринь",
    'Dwayne "DJ" Carter',
    "Van der Meer, Joris",
    "Kim; Jisoo",
    "Luca 🎸 Ferretti",
    "D'Angelo-Smythe, Prue",
    "Nguyễn Thị Ánh",
)
GUEST_NAMES = (
    "Sam",
    "guest",
    "Prof. Ottilie Brandauer",
    "Mum's iPad",
    'Jo "the mic works now" B.',
    "Rahim, external examiner",
    "Team 4; lab bench",
    "🦊",
    "Zoë 👋🏽",
    "ضيف من القاهرة",
    "אורחת",
    "=1+1",
    "=Kai=",
    "+31 phone",
    "@nadia",
    "-- test --",
    "Anna  (mobile)",
    "Dr. Halloran (City Library)",
    "Pia’s laptop",
    "R2-D2",
    "x",
)
BROKEN_GUEST_NAME = "Ewa\nKraków"  # a line break: the row that holds it is broken
COURSES = (
    ("BIO", "Cell Biology"),
    ("STA", "Statistics for the Social Sciences"),
    ("HIS", "History, Memory and Media"),
    ("CSC", "Introduction to Programming"),
    ("NUR", "Clinical Reasoning in Nursing"),
    ("ECO", "Microeconomics"),
    ("LIN", "Sounds of the World's Languages"),
    ("PHY", "Waves and Optics"),
    ("ART", "Drawing from Observation"),
    ("EDU", "Designing Online Courses"),
    ("CHE", "Organic Chemistry"),
    ("PSY", "Cognitive Psychology"),
    ("LAW", "Contracts; an Introduction"),
    ("MAT", "Linear Algebra"),
    ("ENV", "Climate and Society"),
    ("PHI", 'Ethics of "Smart" Machines'),
    ("GEO", "Maps and Spatial Data"),
    ("SOC", "Cities and Migration"),
    ("ENG", "Academic Writing"),
    ("MUS", "Music, Sound and Place"),
    ("ARC", "Building with Timber"),
    ("MED", "Anatomy of the Limbs"),
    ("POL", "Comparative Politics"),
    ("BUS", "Accounting for Non-accountants"),
    ("ARA", "Arabic for Beginners · العربية"),
    ("DAT", "Data Visualisation"),
    ("AGR", "Soil Science"),
    ("THE", "Theatre Workshop"),
    ("KIN", "Sport and Rehabilitation"),
    ("ROB", "Robotics Project"),
)
# Virtual event id, title of its rooms.
VIRTUAL_EVENTS = (
    ("730011", ("Welcome Week: main stage", "Welcome Week: campus tour")),
    ("730012", ("Open Day: main stage", "Open Day: ask the faculty, live")),
    ("730013", ("Research Week: keynotes",)),
)
