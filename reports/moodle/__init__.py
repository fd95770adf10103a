"""What comes in from Moodle by LTI 1.3: registration, launch, roster, deep linking.

keys, tools       what Rollcall signs with, and which tools of which sites it is
handshake, launch a sign-in that begins, and the id_token that ends it, verified
arrival           who came, as whom, into which course: written down, and put into the session
embedding         what lets a registered site frame the pages: headers and cookies
"""
