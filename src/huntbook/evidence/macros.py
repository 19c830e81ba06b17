"""SQL macros that schemas speak in: values of every type, and what formats have in common, from event XML to status codes.

They are written over text as it stands in the record; an answer that the text does not give is null. Status codes are those of
Windows' ntstatus.h and of RFC 4120 (Kerberos), values of `%%` those of the Security log's message table.
"""

# Times are kept as TIMESTAMP in UTC (the session's zone is UTC), which is what KQL's datetime is; results make them aware.
# A time is believed between these; others (1601, 9999, a clock never set) are kept as text in `_Unparsed`.
_VALUES = r"""
CREATE OR REPLACE MACRO hb_sane(t) AS CASE WHEN t BETWEEN TIMESTAMPTZ '1980-01-01 00:00:00Z' AND TIMESTAMPTZ '2100-01-01 00:00:00Z' THEN t::TIMESTAMP END;
CREATE OR REPLACE MACRO hb_epoch(n) AS CASE
    WHEN abs(n) < 1e11 THEN to_timestamp(n) WHEN abs(n) < 1e14 THEN to_timestamp(n / 1e3)
    WHEN abs(n) < 1e17 THEN to_timestamp(n / 1e6) WHEN abs(n) < 1e19 THEN to_timestamp(n / 1e9) END;
CREATE OR REPLACE MACRO hb_datetime(x) AS hb_sane(coalesce(
    TRY_CAST(x AS TIMESTAMPTZ),
    hb_epoch(TRY_CAST(x AS DOUBLE)),
    try_strptime(x, ['%d/%b/%Y:%H:%M:%S %z', '%b %d %Y %H:%M:%S %z'])::TIMESTAMPTZ,
    try_strptime(x, ['%m/%d/%Y, %I:%M:%S.%f %p', '%m/%d/%Y, %I:%M:%S %p', '%m/%d/%Y %I:%M:%S.%f %p', '%m/%d/%Y %I:%M:%S %p',
        '%b %d, %Y %I:%M:%S.%f %p', '%b %d, %Y %I:%M:%S %p', '%m/%d/%Y %H:%M:%S', '%m/%d/%Y %H:%M', '%a %b %d %H:%M:%S %Y', '%d.%m.%Y %H:%M:%S', '%Y%m%d%H%M%S'])::TIMESTAMPTZ));
CREATE OR REPLACE MACRO hb_long(x) AS CASE WHEN NOT contains(x, '.') THEN TRY_CAST(x AS BIGINT)
    WHEN TRY_CAST(x AS DOUBLE) = floor(TRY_CAST(x AS DOUBLE)) THEN TRY_CAST(x AS BIGINT) END;
CREATE OR REPLACE MACRO hb_int(x) AS TRY_CAST(hb_long(x) AS INTEGER);
CREATE OR REPLACE MACRO hb_real(x) AS TRY_CAST(x AS DOUBLE);
CREATE OR REPLACE MACRO hb_bool(x) AS TRY_CAST(x AS BOOLEAN);
CREATE OR REPLACE MACRO hb_dynamic(x) AS coalesce(TRY_CAST(x AS JSON), to_json(x));
CREATE OR REPLACE MACRO hb_failed(value, given) AS CASE WHEN value IS NULL THEN
    CASE WHEN trim(given) NOT IN ('', '-', 'null', 'N/A') THEN given END END;
CREATE OR REPLACE MACRO hb_zone(x) AS nullif(regexp_extract(x, '(?:[0-9.] ?)(Z|UTC|GMT|[+-][0-9]{2}:?[0-9]{2})$', 1), '');
CREATE OR REPLACE MACRO hb_file(path) AS nullif(regexp_extract(path, '[^\\/]*$'), '');
CREATE OR REPLACE MACRO hb_folder(path) AS nullif(regexp_extract(path, '^(.*)[\\/][^\\/]*$', 1), '');
CREATE OR REPLACE MACRO hb_none(x) AS CASE WHEN x NOT IN ('', '-') THEN x END;
CREATE OR REPLACE MACRO hb_pid(x) AS TRY_CAST(hb_long(hb_none(x)) AS VARCHAR);
CREATE OR REPLACE MACRO hb_object(x) AS CASE WHEN json_type(TRY_CAST(x AS JSON)) = 'OBJECT' THEN TRY_CAST(x AS JSON)
    WHEN x <> '' THEN json_object('_text', x) END;
CREATE OR REPLACE MACRO hb_pick(x, paths) AS list_filter(json_extract_string(TRY_CAST(x AS JSON), paths), lambda v: v <> '')[1];
CREATE OR REPLACE MACRO hb_address(x) AS coalesce(nullif(regexp_extract(x, '^[[]?(?:::ffff:)?([0-9]{1,3}(?:[.][0-9]{1,3}){3})[]]?(?::[0-9]+)?$', 1), ''),
    nullif(regexp_extract(x, '^[[]?([0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f.]{0,15}){2,8})[]]?(?:%.*)?$', 1), ''), nullif(regexp_extract(x, '^[[]([0-9A-Fa-f:.]+)[]]:[0-9]+$', 1), ''));
CREATE OR REPLACE MACRO hb_path(folder, file) AS CASE WHEN hb_none(folder) IS NULL THEN hb_none(file)
    WHEN hb_none(file) IS NULL OR ends_with(lower(folder), lower(file)) THEN folder
    WHEN contains(folder, '/') THEN rtrim(folder, '/') || '/' || file ELSE rtrim(folder, '\') || '\' || file END;
CREATE OR REPLACE MACRO hb_hash(hashes, kind) AS nullif(regexp_extract(hashes, kind || '=([0-9A-Fa-f]+)', 1), '');
CREATE OR REPLACE MACRO hb_account(domain, account) AS CASE WHEN hb_none(account) IS NULL THEN NULL
    WHEN hb_none(domain) IS NULL THEN account ELSE domain || '\' || account END;
"""

# Those that a view calls when it is read; they call none of the others.
XML = r"""
CREATE OR REPLACE MACRO hb_unescaped(x) AS
    replace(replace(replace(replace(replace(x, '&lt;', '<'), '&gt;', '>'), '&quot;', '"'), '&apos;', ''''), '&amp;', '&');
CREATE OR REPLACE MACRO hb_escaped(x) AS regexp_replace(replace(replace(replace(replace(x, '&', '&amp;'), '<', '&lt;'), '>', '&gt;'),
    '"', '&quot;'), '[\x00-\x08\x0B\x0C\x0E-\x1F]', '', 'g');
CREATE OR REPLACE MACRO hb_event_xml(data) AS '<EventData xmlns="http://schemas.microsoft.com/win/2004/08/events/event">'
    || array_to_string(list_transform(map_entries(CAST(data AS MAP(VARCHAR, VARCHAR))), lambda e:
        CASE WHEN e.key = 'Data' AND e.value[1] = '[' THEN array_to_string(list_transform(TRY_CAST(e.value AS VARCHAR[]), lambda v:
            '<Data>' || hb_escaped(coalesce(v, '')) || '</Data>'), '')
        ELSE '<Data Name="' || hb_escaped(e.key) || '">' || hb_escaped(coalesce(e.value, '')) || '</Data>' END), '') || '</EventData>';
CREATE OR REPLACE MACRO hb_param_xml(data) AS array_to_string(list_transform(map_entries(CAST(data AS MAP(VARCHAR, VARCHAR))), lambda e:
    CASE WHEN e.key = 'Data' AND e.value[1] = '[' THEN array_to_string(list_transform(TRY_CAST(e.value AS VARCHAR[]), lambda v:
        '<Param>' || hb_escaped(coalesce(v, '')) || '</Param>'), '')
    ELSE '<Param>' || hb_escaped(coalesce(e.value, '')) || '</Param>' END), '');
"""

_FORMATS = (
    XML
    + r"""
CREATE OR REPLACE MACRO hb_ip(x) AS nullif(regexp_replace(hb_none(trim(x)), '^::ffff:', '', 'i'), 'LOCAL');
CREATE OR REPLACE MACRO hb_port(x) AS nullif(hb_int(hb_none(x)), 0);
CREATE OR REPLACE MACRO hb_protocol(x) AS CASE x WHEN '1' THEN 'ICMP' WHEN '6' THEN 'TCP' WHEN '17' THEN 'UDP' WHEN '47' THEN 'GRE'
    WHEN '58' THEN 'ICMPv6' ELSE upper(x) END;
CREATE OR REPLACE MACRO hb_key(x) AS CASE
    WHEN starts_with(x, 'HKLM\') THEN 'HKEY_LOCAL_MACHINE\' || substr(x, 6)
    WHEN starts_with(x, 'HKU\') THEN 'HKEY_USERS\' || substr(x, 5)
    WHEN starts_with(x, 'HKCR\') THEN 'HKEY_CLASSES_ROOT\' || substr(x, 6)
    WHEN starts_with(x, 'HKCU\') THEN 'HKEY_CURRENT_USER\' || substr(x, 6)
    WHEN starts_with(upper(x), '\REGISTRY\MACHINE\') THEN 'HKEY_LOCAL_MACHINE\' || substr(x, 19)
    WHEN starts_with(upper(x), '\REGISTRY\USER\') THEN 'HKEY_USERS\' || substr(x, 16) ELSE x END;
CREATE OR REPLACE MACRO hb_audited(keywords) AS CASE
    WHEN keywords IN ('0x8010000000000000', '-9218868437227405312') OR contains(keywords, 'Failure') THEN 'Failure' ELSE 'Success' END;
CREATE OR REPLACE MACRO hb_within(xml, field) AS hb_unescaped(nullif(regexp_extract(xml, '<Data Name="' || field || '">([^<]*)</Data>', 1), ''));
CREATE OR REPLACE MACRO hb_xml_event(xml) AS to_json(TRY(map(regexp_extract_all(xml, '<Data Name="([^"]*)">([^<]*)</Data>', 1),
    list_transform(regexp_extract_all(xml, '<Data Name="([^"]*)">([^<]*)</Data>', 2), lambda v: hb_unescaped(v)))));
CREATE OR REPLACE MACRO hb_named(items) AS to_json(TRY(map_from_entries(list_transform(CAST(items AS JSON[]), lambda e:
    {'key': coalesce(json_extract_string(e, '/@Name'), json_extract_string(e, '/Name'), json_extract_string(e, '/#attributes/Name')), 'value': coalesce(json_extract_string(e, '/#text'), json_extract_string(e, '/Value'), json_extract_string(e, '/content'))}))));
CREATE OR REPLACE MACRO hb_event_data(d) AS CASE
    WHEN d::VARCHAR = 'null' THEN NULL
    WHEN starts_with(d::VARCHAR, '{"#attributes":') THEN json_merge_patch(d, '{"#attributes":null}')
    WHEN NOT contains(d::VARCHAR, '"Data":') THEN d
    WHEN json_exists(d, '/Data/#text') AND NOT json_exists(d, '/Data/@Name') THEN json_merge_patch(d, json_object('Data',
        CASE WHEN json_type(d, '/Data/#text') = 'ARRAY' THEN json_extract(d, '/Data/#text') ELSE json_array(json_extract(d, '/Data/#text')) END))
    WHEN json_type(d, '/Data') IN ('VARCHAR', 'OBJECT') AND NOT json_exists(d, '/Data/@Name') THEN json_merge_patch(d, json_object('Data', json_array(json_extract(d, '/Data'))))
    WHEN json_type(d, '/Data/0') = 'OBJECT' THEN coalesce(json_merge_patch(d, '{"Data":null}', hb_named(json_extract(d, '/Data'))), d)
    WHEN json_exists(d, '/Data/@Name') THEN coalesce(json_merge_patch(d, '{"Data":null}', hb_named(json_array(json_extract(d, '/Data')))), d)
    ELSE d END;
CREATE OR REPLACE MACRO hb_logon_failure(code) AS CASE lower(code)
    WHEN '0xc0000064' THEN 'No such user' WHEN '0xc000006a' THEN 'Incorrect password' WHEN '0xc000006d' THEN 'No such user or password'
    WHEN '0xc000006e' THEN 'Logon violates policy' WHEN '0xc000006f' THEN 'Logon violates policy'
    WHEN '0xc0000070' THEN 'Logon violates policy' WHEN '0xc0000071' THEN 'Password expired' WHEN '0xc0000072' THEN 'User disabled'
    WHEN '0xc000010b' THEN 'Other' WHEN '0xc0000133' THEN 'Session expired' WHEN '0xc000015b' THEN 'Logon violates policy'
    WHEN '0xc0000193' THEN 'Account expired' WHEN '0xc0000224' THEN 'Password expired' WHEN '0xc0000234' THEN 'User locked'
    WHEN '0xc0000413' THEN 'Logon violates policy' WHEN '0x6' THEN 'No such user' WHEN '0xc' THEN 'Logon violates policy'
    WHEN '0x12' THEN 'User disabled' WHEN '0x17' THEN 'Password expired' WHEN '0x18' THEN 'Incorrect password'
    WHEN '0x20' THEN 'Session expired' WHEN '0x25' THEN 'Session expired' WHEN '0x0' THEN NULL ELSE CASE WHEN hb_none(code) IS NOT NULL THEN 'Other' END END;
CREATE OR REPLACE MACRO hb_logon_kind(logon_type) AS CASE logon_type::VARCHAR WHEN '0' THEN 'System' WHEN '2' THEN 'Interactive'
    WHEN '3' THEN 'Remote' WHEN '4' THEN 'Service' WHEN '5' THEN 'Service' WHEN '7' THEN 'Interactive' WHEN '8' THEN 'Remote'
    WHEN '9' THEN 'AssumeRole' WHEN '10' THEN 'RemoteInteractive' WHEN '11' THEN 'Interactive' WHEN '12' THEN 'RemoteInteractive'
    WHEN '13' THEN 'Interactive' END;
CREATE OR REPLACE MACRO hb_registry_type(code) AS CASE code WHEN '%%1872' THEN 'Reg_None' WHEN '%%1873' THEN 'Reg_Sz'
    WHEN '%%1874' THEN 'Reg_Expand_Sz' WHEN '%%1875' THEN 'Reg_Binary' WHEN '%%1876' THEN 'Reg_DWord' WHEN '%%1879' THEN 'Reg_Multi_Sz'
    WHEN '%%1883' THEN 'Reg_QWord' ELSE hb_none(code) END;
CREATE OR REPLACE MACRO hb_set(x) AS CASE WHEN x = '(empty)' OR x = '' THEN '[]'::JSON WHEN starts_with(x, '[') THEN coalesce(TRY_CAST(x AS JSON), to_json([x]))
    ELSE to_json(string_split(x, ',')) END;
CREATE OR REPLACE MACRO hb_hex(x) AS TRY_CAST('0x' || x AS INTEGER);
CREATE OR REPLACE MACRO hb_socket_port(x) AS CASE WHEN x[1:4] IN ('0200', '0A00') THEN hb_hex(x[5:8]) END;
CREATE OR REPLACE MACRO hb_socket_address(x) AS CASE
    WHEN x[1:4] = '0200' THEN concat_ws('.', hb_hex(x[9:10]), hb_hex(x[11:12]), hb_hex(x[13:14]), hb_hex(x[15:16]))
    WHEN x[1:4] = '0A00' AND x[17:40] = '00000000000000000000FFFF' THEN concat_ws('.', hb_hex(x[41:42]), hb_hex(x[43:44]), hb_hex(x[45:46]), hb_hex(x[47:48]))
    WHEN x[1:4] = '0A00' THEN lower(concat_ws(':', x[17:20], x[21:24], x[25:28], x[29:32], x[33:36], x[37:40], x[41:44], x[45:48])) END;
CREATE OR REPLACE MACRO hb_match(x, pattern) AS nullif(regexp_extract(x, pattern, 1), '');
"""
)

MACROS = _VALUES + _FORMATS
