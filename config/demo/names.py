"""Names for invented people: common names of the United States, combined at random."""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True)
class Pool:
    """First and last names that often go together; ``weight`` is how many of a hospital's staff bear them."""

    weight: int
    women: tuple[str, ...]
    men: tuple[str, ...]
    families: tuple[str, ...]


def word_list(text: str) -> tuple[str, ...]:
    """The words of a text, for lists that are easier to read as prose."""
    return tuple(text.split())


POOLS = (
    Pool(
        50,
        word_list(
            """Sarah Emily Katherine Megan Laura Rebecca Heather Jennifer Amanda Allison Rachel Stephanie
            Michelle Christine Andrea Lauren Erin Kelly Nicole Karen Susan Margaret Elizabeth Anne Julia
            Claire Hannah Molly Beth Diane Teresa Colleen Patricia"""
        ),
        word_list(
            """James Michael Robert David William Thomas Daniel Matthew Andrew Mark Steven Brian Kevin Jeffrey
            Timothy Scott Eric Gregory Patrick Peter Douglas Ryan Nathan Adam Benjamin Jonathan Stephen Paul
            Philip Craig Keith Russell Neil"""
        ),
        word_list(
            """Anderson Bauer Bennett Brennan Burke Callahan Carlson Chandler Cohen Collins Connolly Dawson
            Doyle Eriksen Fischer Fitzgerald Foster Gallagher Goldstein Grady Hansen Hoffman Holloway Jensen
            Kaplan Keller Kessler Kowalski Larsen Lindgren MacDonald Maguire Marchetti McCarthy Meyer Novak
            O'Brien O'Connor Olson Palmer Petersen Pruitt Reilly Romano Rossi Schneider Schroeder Shapiro
            Sheridan Sorensen Stanton Sullivan Swanson Thornton VanDyke Vogel Wagner Walsh Weiss Whitaker
            Zielinski"""
        ),
    ),
    Pool(
        14,
        word_list(
            """Priya Anjali Kavita Meera Sunita Deepa Nisha Aisha Ritu Shreya Lakshmi Pooja Fatima Sana"""
        ),
        word_list(
            """Rajesh Anil Sanjay Vikram Arun Suresh Rohan Amit Naveen Imran Ravi Karthik Ashok Farhan"""
        ),
        word_list(
            """Agarwal Ahmed Bhatt Chaudhry Desai Gupta Iyer Joshi Khan Krishnan Kumar Malik Mehta Menon Nair
            Patel Rao Reddy Shah Sharma Siddiqui Subramanian"""
        ),
    ),
    Pool(
        13,
        word_list("""Maria Gabriela Ana Carmen Elena Lucia Claudia Veronica Adriana Isabel Monica Daniela"""),
        word_list(
            """Carlos Luis Miguel Javier Eduardo Rafael Fernando Antonio Ricardo Alejandro Jorge Andres"""
        ),
        word_list(
            """Alvarez Castillo Cruz Delgado Dominguez Espinoza Garcia Gutierrez Herrera Jimenez Martinez
            Medina Mendoza Morales Ortiz Ramirez Rivera Salazar Santiago Torres Vargas Velasquez"""
        ),
    ),
    Pool(
        12,
        word_list("""Grace Angela Jessica Vivian Linda Amy Catherine Joyce Christina Michelle Helen Irene"""),
        word_list("""Kevin Daniel Andrew Jason Eric Michael Henry Raymond Albert Vincent Justin Steven"""),
        word_list(
            """Chen Choi Chung Ho Huang Kim Lee Lin Liu Nakamura Nguyen Park Pham Tanaka Tran Wang Wong Yang
            Yoon"""
        ),
    ),
    Pool(
        11,
        word_list(
            """Danielle Monique Tiffany Angela Denise Kimberly Renee Yolanda Adaeze Ngozi Simone Jasmine"""
        ),
        word_list(
            """Marcus Anthony Terrence Darnell Reginald Andre Emeka Kwame Maurice Calvin Jerome Isaiah"""
        ),
        word_list(
            """Adeyemi Banks Boateng Coleman Davis Edwards Freeman Grant Hayes Jackson Jefferson Mensah Okafor
            Okoye Robinson Simmons Washington Watkins Williams"""
        ),
    ),
)
MIDDLE_INITIALS = "ABCDEFGHJKLMNPRSTW"


class NameSource:
    """Draws names; nobody twice, and no surname more often than ``common`` times."""

    def __init__(self, source: random.Random, *, common: int = 2):
        self.source = source
        self.common = common
        self._full: set[tuple[str, str]] = set()
        self._families: dict[str, int] = {}

    def draw(self) -> tuple[str, str, str, str]:
        """First name, middle initial, last name and sex (F or M)."""
        while True:
            pool = self.source.choices(POOLS, weights=[pool.weight for pool in POOLS])[0]
            sex = self.source.choice("FM")
            first = self.source.choice(pool.women if sex == "F" else pool.men)
            last = self.source.choice(pool.families)
            if (first, last) in self._full or self._families.get(last, 0) >= self.common:
                continue
            self._full.add((first, last))
            self._families[last] = self._families.get(last, 0) + 1
            return first, self.source.choice(MIDDLE_INITIALS), last, sex

    def family(self, other_than: str) -> str:
        """A surname of another family, as a former name."""
        while True:
            pool = self.source.choices(POOLS, weights=[pool.weight for pool in POOLS])[0]
            last = self.source.choice(pool.families)
            if last != other_than:
                return last
