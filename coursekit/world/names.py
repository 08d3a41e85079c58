"""Invented names of people and places."""

FIRST_F = "Ada Alma Anika Beatriz Carmen Celia Corinne Daphne Dolores Edith Elena Esther Faye Greta Hana Ines Irma Joan Juno Keiko Lena Lidia Mabel Marisol Mira Nadia Noor Odile Olive Orla Paloma Petra Priya Quinn Renata Rosa Ruth Salma Selma Tamsin Thea Uma Vera Willa Xiomara Yara Zelda".split()
FIRST_M = "Abel Amos Anton Basil Bruno Cyrus Dario Desmond Eamon Edgar Elio Emmett Felix Gideon Hugo Idris Ivan Jonas Jasper Kofi Lars Leopold Luis Magnus Marco Milo Nestor Nikolai Omar Oscar Otto Pavel Percy Quentin Rafael Ravi Rufus Samir Silas Tomas Ugo Victor Walter Xavier Yusuf Zane".split()
LAST = "Abernoth Alcazarro Ashgrove Barrowick Bellmoor Birchall Bramwell Brightwater Caldero Castellan Coldbrook Corvane Danforthe Delacour Dunmire Eastlake Elderfield Escobal Fairhollow Fenwick Finch Garrowby Glenmore Greyling Halvorse Harrowgate Hawkhurst Ironside Jessamy Kestrel Kirkwold Langmere Larkhill Lindqvist Lockhaven Marchetta Merriwick Moonstone Nighthollow Northcote Oakenfold Okonjara Orchardo Pemberwick Pinecrest Quill Quintero Ravenscar Reyl Rosewarne Saltmarsh Sandoval Silverton Starling Stonebridge Tallow Thistlewood Umberto Underhay Valcourt Vantongeren Wainscott Weatherby Westerlund Whitlow Wildrose Winterbourne Yarborough Yellowley Zamorano Zielonka".split()
STREETS = "Quince Hollow|Lantern Weir|Copper Finch|Marrow Stile|Pewter Gate|Thistle Rung|Candle Moor|Velvet Oak|Harrow Spindle|Saffron Bend".split(
    "|"
)
CITIES = ("Juniper Valley", "Cedar Hollow", "Fernhill", "Larkmead", "Tallgrass", "Eastmoor")
STAFF = ("Dana R.", "Marcus T.", "Priya S.", "Wen L.", "Alicia G.")
SCHEDULERS = ("Tom B.", "Rhea N.")
CLAIMS_STAFF = "Noel P."
#: Who works for which payer: reviewers (nurses or pharmacists), physicians, intake staff. Nobody works for two.
PAYER_PEOPLE: dict[str, tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = {
    "PAY-01": (("Kowal", "Adeyemi", "Brandt"), ("Dr. Ferrant", "Dr. Iwasaki"), ("Jae", "Morgan", "Sasha")),
    "PAY-02": (("Osei", "Halpern"), ("Dr. Mbeki-Lund", "Dr. Sorrel"), ("Lou", "Terry")),
    "PAY-03": (("Duarte", "Wexler"), ("Dr. Paquette", "Dr. Haddad"), ("Bo", "Robin")),
    "PAY-04": (("Nygaard", "Castro"), ("Dr. Ostrow", "Dr. Balogun"), ("Kim", "Casey")),
    "PAY-05": (("Pruitt", "Zhou"), ("Dr. Venn", "Dr. Abara"), ("Jordan", "Reese")),
    "PAY-06": (("Nakata", "Loew"), ("Dr. Strand", "Dr. Kapoor"), ("Alex", "Devon")),
    "PAY-07": (("Idowu", "Meyer"), ("Dr. Tull", "Dr. Okafor"), ("Sam", "Avery")),
    "PAY-08": (("Rask", "Bianchi"), ("Dr. Leclerc", "Dr. Munroe"), ("Toni", "Blake")),
    "PAY-09": (("Solberg",), ("Dr. Pryce",), ("Jess", "Shea")),
    "PAY-10": (("Tanaka",), ("Dr. Gallo",), ("Lane", "Pat")),
    "PAY-11": (("Ekwueme",), ("Dr. Roth",), ("Drew", "Nico")),
    "PAY-12": (("Holm",), ("Dr. Amsel",), ("Jody", "Remy")),
}
