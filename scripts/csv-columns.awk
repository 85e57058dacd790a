# csv-columns.awk: prints columns of a CSV file (RFC 4180, no line breaks in fields) separated by tabs.
# awk -v columns=key,summary.median_ns -f scripts/csv-columns.awk FILE.csv     (an unknown column: exit 1)

# Splits a line into fields[1..]; returns how many. A quoted field may hold commas and doubled quotes.
function split_csv(line, fields,    n, field, at) {
    n = 0
    while (1) {
        if (substr(line, 1, 1) == "\"") {
            field = ""
            line = substr(line, 2)
            while ((at = index(line, "\"")) > 0 && substr(line, at + 1, 1) == "\"") {
                field = field substr(line, 1, at)
                line = substr(line, at + 2)
            }
            field = field substr(line, 1, at - 1)
            line = substr(line, at + 1)
        } else {
            at = index(line ",", ",")
            field = substr(line, 1, at - 1)
            line = substr(line, at)
        }
        fields[++n] = field
        if (substr(line, 1, 1) != ",")
            return n
        line = substr(line, 2)
    }
}

NR == 1 {
    count = split_csv($0, titles)
    wanted_count = split(columns, wanted, ",")
    for (i = 1; i <= wanted_count; i++) {
        place[i] = 0
        for (j = 1; j <= count; j++)
            if (titles[j] == wanted[i])
                place[i] = j
        if (!place[i]) {
            print "csv-columns: no column " wanted[i] >"/dev/stderr"
            exit 1
        }
    }
    next
}

{
    split_csv($0, fields)
    row = fields[place[1]]
    for (i = 2; i <= wanted_count; i++)
        row = row "\t" fields[place[i]]
    print row
}
