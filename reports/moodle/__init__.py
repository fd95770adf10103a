"""What comes in from Moodle by LTI 1.3: registration, launch, roster, deep linking.

keys, tools       what Rollcall signs with, and which tools of which sites it is
handshake         a sign-in that begins, good once
verification      the id_token that ends it, checked with the site's keys (site_keys)
launch            what it tells, as plain data
arrival           who came, as whom, into which course: written down, and put into the session
destination       which page the link leads to
refusals          why somebody can't get in, in words
embedding         what lets a registered site frame the pages: headers and cookies
"""
