"""A small Moodle-like site that launches tools by LTI 1.3: the Moodle of the tests and the demo.

It is not Moodle and says so on every page. Where a tool could notice, it behaves as Moodle 4.5 does.

- `standin`: the running site, and what tests do with it; `browser`: a launch walked by requests
- `records`, `moodle_site`: people, courses, tools, activities; `campus_site`: the invented ones
- `endpoints`: which path is answered by what; `state`: what is remembered between requests
- `logins`, `claims`, `custom`: single sign-on and what a launch tells the tool
- `tokens`, `memberships`: services; `registration`, `deep_linking`: a tool's own registrations
- `course_pages`, `frame_pages`, `manage_pages`, `layout`, `named`: what people see
- `control`: how the demo puts its tool in; `keys`, `exchange`: signatures, requests and answers
"""
