"""Invented names: people, companies, departments, and the sites of an outside world that does not exist."""

from __future__ import annotations


def words(text: str) -> list[str]:
    """Split a list that is written as a text."""
    return text.split()


FIRST = words(
    "Adela Anouk Bram Calla Dario Edda Emeka Farida Fenn Gilda Hanno Ilse Imre Joska Kaito Keziah Lior"
    " Ludo Maren Mio Nadja Niko Odile Orla Pavel Petra Quirin Rania Runa Sanna Sefa Tamsin Teo Ulla Viggo"
    " Wanda Xenia Yael Yorick Zdenka"
)
LAST = words(
    "Abendrot Birkholm Castagno Dunmore Ekholm Fairweather Grunwald Hallan Iversen Jarosz Kestner"
    " Lindqvist Marlowe Nakai Oduya Pellerin Quast Rosendal Sabell Thorne Ullman Vasko Winslade Yarrow"
    " Zeller Ambrose Bexley Corvin Dahlke Engstrom Falk Gannon Hesper Ilgen Juhl Kovar Lorne Mendel"
    " Norling Ostrow"
)
COMPANIES = words(
    "brackwater tallowridge fernhollow osterley quillmark sablecove harrowgate lindenfold marchmont"
    " pellworm stonehythe veldacre wexcombe yarnbury zephyrine copperdale"
)
DEPARTMENTS = ("Finance", "Sales", "Human Resources", "Purchasing", "Legal", "Research", "Marketing", "Logistics")
SITES = words(
    "news.morningledger.example weather.skywatch.example mail.postbox.example docs.sharedesk.example"
    " maps.wayfinder.example video.reelhouse.example cdn.staticfiles.example fonts.typeset.example"
    " shop.officegoods.example travel.railplan.example bank.ledgerline.example wiki.openlore.example"
    " forum.tinkerers.example login.identity.example static.adserve.example search.lookfor.example"
    " crm.clientbook.example hr.payfolio.example chat.teamtalk.example storage.cloudshelf.example"
    " api.parcelpost.example images.picstore.example music.soundroom.example learn.coursehub.example"
)
