"""What there is in SPL: its commands, the functions of `eval`, and those of `stats`, from Splunk's search reference.

docs.splunk.com/Documentation/Splunk/latest/SearchReference: "Command quick reference", "Evaluation functions", "Statistical and charting
functions".
"""

from __future__ import annotations

# Commands that make rows themselves, and so begin a pipeline.
GENERATING = frozenset(
    """
    datamodel dbinspect dbxquery eventcount from gentimes history inputcsv inputlookup loadjob makeresults mcatalog metadata metasearch
    mpreview msearch mstats multisearch pivot rest savedsearch search set tstats typeahead union walklex
    """.split()  # noqa: SIM905 - words are read more easily than a list of strings, here and below
)
COMMANDS = GENERATING | frozenset(
    """
    abstract accum addcoltotals addinfo addtotals analyzefields anomalies anomalousvalue anomalydetection append appendcols appendpipe
    arules associate autoregress awssnsalert bin bucket bucketdir chart cluster cofilter collect concurrency contingency convert correlate
    counttable ctable dedup delete delta diff discretize dump erex eval eventstats excerpt extract fieldformat fields fieldsummary
    filldown fillnull findtypes folderize foreach format fromjson gauge geom geomfilter geostats head highlight iconify iplocation join
    kmeans kv kvform localize localop lookup makecontinuous makejson makemv map mcollect meventcollect multikv mvcombine mvexpand nomv
    outlier outputcsv outputlookup outputtext overlap predict rangemap rare redistribute regex reltime rename replace require return
    reverse rex rtorder run runshellscript scrub script searchtxn selfjoin sendalert sendemail setfields sichart sirare sistats
    sitimechart sitop sort spath stats strcat streamstats table tags tail timechart timewrap tojson top transaction transpose trendline
    tscollect typelearner typer uniq untable where x11 xmlkv xmlunescape xpath xyseries
    """.split()  # noqa: SIM905
)

# Functions of expressions, and how many arguments they take; no second number: any more.
_ARITIES = """
    abs 1 1, acos 1 1, acosh 1 1, asin 1 1, asinh 1 1, atan 1 1, atan2 2 2, atanh 1 1, avg 1, bit_and 2, bit_not 1 2, bit_or 2,
    bit_shift_left 2 2, bit_shift_right 2 2, bit_xor 2, case 2, ceil 1 1, ceiling 1 1, cidrmatch 2 2, cluster 2 4, coalesce 1,
    commands 1 1, cos 1 1, cosh 1 1, exact 1 1, exp 1 1, false 0 0, floor 1 1, getfields 0 1, hypot 2 2, if 3 3, in 2, ipmask 2 2,
    isarray 1 1, isbool 1 1, isdouble 1 1, isint 1 1, ismv 1 1, isnotnull 1 1, isnull 1 1, isnum 1 1, isobject 1 1, isstr 1 1,
    json 1 1, json_append 3, json_array 0, json_array_to_mv 1 2, json_delete 2, json_entries 1 1, json_extend 3, json_extract 1,
    json_extract_exact 1, json_has_key_exact 2 2, json_keys 1 1, json_object 0, json_set 3, json_set_exact 3, json_valid 1 1,
    len 1 1, like 2 2, ln 1 1, log 1 2, lookup 2 3, lower 1 1, ltrim 1 2, match 2 2, max 1, md5 1 1, min 1, mvappend 1, mvcount 1 1,
    mvdedup 1 1, mvfilter 1 1, mvfind 2 2, mvindex 2 3, mvjoin 2 2, mvmap 2 3, mvrange 2 3, mvreverse 1 1, mvsort 1 1,
    mvsum 1 1, mvzip 2 3, mv_to_json_array 1 2, now 0 0, null 0 0, nullif 2 2, pi 0 0, pow 2 2, printf 1, random 0 0,
    relative_time 2 2, replace 3 3, round 1 2, rtrim 1 2, searchmatch 1 1, sha1 1 1, sha256 1 1, sha512 1 1, sigfig 1 1, sin 1 1,
    sinh 1 1, spath 2 2, split 2 2, sqrt 1 1, strftime 2 2, strptime 2 2, substr 2 3, sum 1, tan 1 1, tanh 1 1, time 0 0, toarray 1 1,
    tobool 1 1, todouble 1 1, toint 1 1, tojson 0, tomv 1 1, tonumber 1 2, toobject 1 1, tostring 1 2, trim 1 2, true 0 0, typeof 1 1,
    upper 1 1, urldecode 1 1, validate 2
"""
FUNCTIONS: dict[str, tuple[int, int]] = {
    name: (int(counts[0]), int(counts[1]) if len(counts) > 1 else 1000)
    for name, *counts in (entry.split() for entry in _ARITIES.split(","))
}

# Functions of stats and its kin. Percentiles carry a number: perc95, p99.
AGGREGATES = frozenset(
    """
    avg c count dc distinct_count earliest earliest_time estdc estdc_error first last latest latest_time list max mean median min mode
    per_day per_hour per_minute per_second range rate rate_avg rate_sum sparkline stdev stdevp sum sumsq values var varp
    """.split()  # noqa: SIM905
)
PERCENTILES = frozenset(("p", "perc", "percentile", "exactperc", "upperperc"))

# What may be written as name=value, for the commands where that is all that may.
_BINS = "bins minspan span start end aligntime"
_CHARTS = (
    f"{_BINS} agg cont dedup_splitvals fixedrange format limit nullstr otherstr partial partitions sep usenull useother"
)
OPTIONS: dict[str, frozenset[str]] = {
    command: frozenset(options.split())
    for command, options in {
        "bin": _BINS,
        "bucket": _BINS,
        "chart": _CHARTS,
        "timechart": _CHARTS,
        "stats": "allnum dedup_splitvals delim partitions",
        "eventstats": "allnum",
        "streamstats": "allnum current global reset_after reset_before reset_on_change time_window window",
        "tstats": "allow_old_summaries append chunk_size datamodel fillnull_value include_reduced_buckets local nodename prestats sid span "
        "summariesonly",
        "mstats": "append backfill chart chart.agg chart.limit chart.usenull chart.useother chunk_size every fillnull_value prestats span "
        "update_period",
        "top": "countfield limit otherstr percentfield showcount showperc useother",
        "rare": "countfield limit percentfield showcount showperc",
        "dedup": "consecutive keepempty keepevents",
        "head": "keeplast limit null",
        "makeresults": "annotate count data format splunk_server splunk_server_group",
        "fillnull": "value",
        "rex": "field max_match mode offset_field",
        "spath": "input output path",
        "iplocation": "allfields lang prefix",
        "mvexpand": "limit",
        "makemv": "allowempty delim setsv tokenizer",
        "join": "left max overwrite right type usetime earlier where",
    }.items()
}
