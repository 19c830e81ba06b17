"""Where we and Microsoft's parser differ and should: patterns of a query's id (small queries are their own) or of what is said, and why.

What is said of both stands in one line, ours first: "we: …; Microsoft: …".
"""

BY_ID = {
    # The two files
    r"Azure Active Directory/(Audit-PivotTableofPrivilegedUserActions|Identity-ConditionalAccessPivotTable).*|61badb803f84|T \| evaluate bag_unpack\(j\)": "the columns come out of the rows, which the parser has not",
    r"T \| evaluate pivot\(s\)": "the columns come out of the rows",
    r"Defender for Endpoint/Device-DetectInvalidCertificates.*": "the rows have no bag with this member, so there is no such column",
    r"Defender for Cloud Apps/DCA-ExtractPhoneNumber.*": "the date is to be filled in: null would find nothing and not say why",
    r"Azure Active Directory/Audit-DetectAADInternalsUse.*|T \| parse(-where)? s with .* [slj](:long)?|T \| project b \| parse-where .*": "parse is a kind of extend; the parser gives the table two columns of one name",
    r"11042e8d2490|776580393d91": "strcat_array() gives a string, the page shows it; the parser does not know map()",
    r"516c978ceb20|ee07027c1d01": "the page shows the columns of the looked-up table first",
    r"6a21702910ef|T \| summarize covariance.*": "the page shows covariance_x_y",
    r"find .*": "the page says: a column for each type that tables have it in, and that project has to say which",
    r"Azure Active Directory/Identity-(ParseUserAgent|SummarizeInternetExplorerSignins).*": "todynamic() of a dynamic is that dynamic",
    r"727fc0643c2b": "there is one database here, whatever it is called",
    # What is more than a parser can see
    r"T \| extend row_number\(\)|T \| scan .*": "the service wants rows in an order as well; the parser gives a match_id that nobody asked for",
    r"T \| union kind=inner U": "the page says: the columns that all tables have",
    r"T \| project x = iff\(.*\)": "the service refuses values of two types",
    r"T \| project x = typeof.*|T \| project x = gettype\(l\), y = typeof\(long\)": "a type is no value that a column can have",
    r"T \| join T on j": "the page says that keys cannot be dynamic",
    r"T \| project-rename a = s, a2 = s": "a column that gets two names",
    # Types that Microsoft takes and we do not, or the other way
    r"T \| project x = (r [-+*/%] m|m [-+*/%] r)": "the page says that what has a real in it is real",
    r"T \| project x = (-j|j [-+*/%] j)": "a number, whatever is in the dynamic: real",
    r"T \| project x = \w == \w|T \| where [dp] == 1": "values of such types are never equal, and to ask is a mistake",
    r"T \| project x = ([dpi] [-+*/%] [dpilrmj]|[lrm] \* d|j [-+*/%] p|p [*/] j)": "arithmetic that means nothing",
    r"T \| where l between \(j \.\. 2\)": "each bound is compared by itself",
    r"T \| project (parse_?json|todynamic|toobject|toguid)\(\w\)|T \| project x = parse_json\(l\)": "a value of any type can stand in a dynamic",
    r"T \| project x = (strlen\(l\)|datetime_diff\('day', j, d\)|abs\(j\).*)": "a value is taken as what the function takes",
    r"T \| project x = to(bool|int)\(.*": "no number is made of a datetime or a guid there",
    r"T \| project jaccard_index.*": "a share is a real",
    r"T \| project (format_ipv4_mask\(\w\)|geo_line_interpolate_point\(j, r, b\))": "the page has it",
    r"T \| summarize percentilesw?\([bsg], .*": "a percentile is one of numbers or times",
    r"T \| summarize hll(_if)?\(.*": "they hold the values themselves, of any type",
    r"T \| project-reorder s, s": "what is said twice is done once",
    r"T \| project (array_sort|hll_merge|series_stats).*": "several columns of one function",
}
BY_WORDS = {
    r"we: .*cannot be run on local evidence.*": "refused, with what to use instead",
    r"we: .*(management command|reads from (the network|outside)|cannot be used on local evidence).*": "nothing is managed here, and nothing fetched",
    r"we: .*There is no function '(current_principal\w*|cursor_current)'.*": "nobody is signed in",
    r"we: .*(with_\w+_id= asks|holds several queries|cannot begin a query on local evidence).*": "refused, with what to use instead",
    r"we: .*(fork|facet) gives several tables.*": "a query here gives one table",
    r"we: .*This is no (long|real|guid).*": "a text that would be null without a word",
    r"we: .*groups that its regular expression has.*": "there is no such group",
    r"we: .*parse-kv takes both.*": "a page that says what one delimiter alone means was not found",
    r"we: .*compares with '==', and this is '='.*": "the parser takes it for a name, so that every row is true",
    r".*Microsoft: KS124 .*": "a plug-in that has a page",
    r".*Microsoft: KS(129|131) .*": "a value of each row is taken where Microsoft wants a constant",
}
