# shellcheck shell=sh
# packet_program DIRECTION MARK: makes of rules on stdin, one a line, the program with which the kernel's classifier `bpf` (tc-bpf(8), its
# classic byte code, as `tcpdump -ddd` prints it) tells which packets it drops. Fails with a sentence where a rule is none, or when the
# program is longer than the kernel takes.
#
# Why a program: one filter per interface and direction is put in place, exchanged and taken away as a whole; it drops what a connection
# that is open already sends; it needs cls_bpf and sch_ingress alone; and what it drops on its way out it swallows (`TC_ACT_STOLEN`), where
# iptables and the other actions of tc let the sender see an error that no network gives.
#
# A rule is VERDICT PROTOCOL PORTS ADDRESSES NAMES; the first that fits decides, and a packet that none fits goes on.
#   VERDICT    keep, or drop
#   PROTOCOL   tcp, udp, icmp (ICMPv6 too), or any
#   PORTS      remote:N,N-N,… or local:N,…, of TCP or UDP; or any
#   ADDRESSES  of the other end, v4 and v6, with or without a prefix's length, with commas between; or any
#   NAMES      of a DNS query: example.com fits itself and every name below it, in whatever case; ssm.* fits what begins with that label; or any
# What only links talk about (ARP, IPv6's neighbour discovery) is no packet here. Frames have Ethernet's header, as on lo too.
# A later fragment has no ports, and needs none: without its first it is nothing. A query is read from one segment of TCP.
packet_program() {
  awk -v direction="$1" -v mark="$2" '
    function wrong(says) { if (!failed) print says >"/dev/stderr"; failed = 1; exit 1 }
    # Instructions: a code, its number, and, for conditional jumps, where to when it is so and when not; empty is the next.
    function put(code, number) { CODE[++count] = code; NUMBER[count] = number + 0; YES[count] = NO[count] = FAR[count] = "" }
    function when(code, number, yes, no) { put(code, number); YES[count] = yes; NO[count] = no }
    function jump(label) { put(5, 0); FAR[count] = label }
    function here(label) { AT[label] = count + 1 }
    function label() { return "l" ++labels }
    # Goes on when A is (code) the number, else to a label at any distance.
    function need(code, number, otherwise,  go_on) { go_on = label(); when(code, number, go_on, ""); jump(otherwise); here(go_on) }

    # Sets WORD[0…] and MASK[0…] of 32 bits, and the number of words that matter.
    function read_address(text, family,  parts, bits, size, i) {
      size = split(text, parts, "/")
      bits = size == 2 ? parts[2] : family == 4 ? 32 : 128
      if (size > 2 || bits !~ /^[0-9]+$/ || bits + 0 > (family == 4 ? 32 : 128)) wrong("no address: " text)
      if (family == 4) read_four(parts[1]); else read_six(parts[1])
      for (i = 0; bits > 0; i++) {
        MASK[i] = bits >= 32 ? ALL : ALL + 1 - two_to(32 - bits)
        WORD[i] -= WORD[i] % (bits >= 32 ? 1 : two_to(32 - bits))
        bits -= 32
      }
      return i
    }
    function read_four(text,  parts, i) {
      if (split(text, parts, ".") != 4) wrong("no address: " text)
      for (i = 1; i <= 4; i++) if (parts[i] !~ /^[0-9][0-9]?[0-9]?$/ || parts[i] + 0 > 255) wrong("no address: " text)
      WORD[0] = ((parts[1] * 256 + parts[2]) * 256 + parts[3]) * 256 + parts[4]
    }
    function read_six(text,  halves, before, after, left, right, i, group) {
      if (text !~ /^[0-9A-Fa-f:]+$/ || split(text, halves, "::") > 2) wrong("no address: " text)
      left = split(halves[1], before, ":")
      right = index(text, "::") ? split(halves[2], after, ":") : 0
      if (index(text, "::") ? left + right > 7 : left != 8) wrong("no address: " text)
      for (i = 0; i < 8; i++) {
        group = i < left ? before[i + 1] : i >= 8 - right ? after[i - (8 - right) + 1] : "0"
        if (length(group) < 1 || length(group) > 4) wrong("no address: " text)
        WORD[int(i / 2)] = i % 2 ? WORD[int(i / 2)] * 65536 + from_hex(group) : from_hex(group)
      }
    }
    # Two to the power of a whole number; some awks have no operator for it.
    function two_to(power,  number) { for (number = 1; power > 0; power--) number *= 2; return number }
    function from_hex(text,  i, number) {
      for (i = 1; i <= length(text); i++) number = number * 16 + index("0123456789abcdef", tolower(substr(text, i, 1))) - 1
      return number + 0
    }

    # M[0] protocol, M[1] length of the header of IP, M[2] not 0 for a later fragment.
    function begin_four() {
      here("four")
      put(48, 23); put(2, 0)
      put(177, 14); put(3, 1)
      put(40, 20); put(84, 8191); put(2, 2)
    }
    function begin_six(  whole, ready) {
      here("six")
      put(0, 40); put(2, 1)
      put(0, 0); put(2, 2)
      put(48, 20); put(2, 0)
      whole = label(); ready = label()
      when(21, 44, "", whole)
      put(40, 56); put(84, 65528); put(2, 2)
      put(0, 48); put(2, 1)
      put(48, 54); put(2, 0)
      here(whole)
      when(21, 58, "", ready)
      put(48, 54)
      when(53, 133, "", ready); when(37, 137, ready, ""); put(6, 0)
      here(ready)
    }

    function protocols(name, otherwise,  yes) {
      yes = label()
      put(96, 0)
      if (name == "tcp" || name == "any") when(21, 6, yes, "")
      if (name == "udp" || name == "any") when(21, 17, yes, "")
      if (name == "icmp") { when(21, 1, yes, ""); when(21, 58, yes, "") }
      jump(otherwise)
      here(yes)
    }
    function ports(text, otherwise,  side, list, range, size, i, yes, other) {
      side = substr(text, 1, index(text, ":") - 1)
      if (side != "remote" && side != "local") wrong("no ports: " text)
      yes = label()
      put(96, 2); need(21, 0, otherwise)
      put(97, 1)
      put(72, (side == "remote") == (direction == "egress") ? 16 : 14)
      size = split(substr(text, index(text, ":") + 1), list, ",")
      for (i = 1; i <= size; i++) {
        if (list[i] !~ /^[0-9]+(-[0-9]+)?$/) wrong("no ports: " text)
        if (split(list[i], range, "-") == 1) range[2] = range[1]
        if (range[1] + 0 > range[2] + 0 || range[2] + 0 > 65535) wrong("no ports: " text)
        other = label()
        when(53, range[1], "", other); when(37, range[2], other, "")
        jump(yes)
        here(other)
      }
      jump(otherwise)
      here(yes)
    }
    # Goes on when the other end is one of the addresses.
    function addresses(list, size, family, otherwise,  i, j, words, yes, other) {
      yes = label()
      for (i = 1; i <= size; i++) {
        words = read_address(list[i], family)
        other = label()
        for (j = 0; j < words; j++) {
          put(32, (family == 4 ? (direction == "egress" ? 30 : 26) : direction == "egress" ? 38 : 22) + 4 * j)
          if (MASK[j] != ALL) put(84, MASK[j])
          when(21, WORD[j], "", other)
        }
        jump(yes)
        here(other)
      }
      jump(otherwise)
      here(yes)
    }

    # Goes on when the query is for one of the names. M[3] where its name begins, M[4] where it ends.
    function names(text, otherwise,  list, size, i, yes, udp, framed, found, bad, ended) {
      yes = label(); udp = label(); framed = label(); found = label(); bad = label(); ended = label()
      put(97, 1)
      put(96, 0)
      when(21, 17, udp, ""); need(21, 6, otherwise)
      # Behind the header of TCP comes the length of the message, unless that was sent by itself: then a message has 1 as the number
      # of its questions where one with its length before it has flags.
      put(80, 26); put(84, 240); put(116, 2); put(12, 0); put(7, 0)
      put(72, 18); when(21, 1, "", framed)
      put(135, 0); put(4, 26); jump(found)
      here(framed)
      put(135, 0); put(4, 28); jump(found)
      here(udp)
      put(135, 0); put(4, 34)
      here(found)
      put(2, 3); put(7, 0)
      for (i = 1; i <= 40; i++) {
        put(80, 0); when(21, 0, ended, ""); when(69, 192, bad, "")
        put(12, 0); put(4, 1); put(7, 0)
      }
      here(bad)
      jump(otherwise)
      here(ended)
      put(135, 0); put(4, 1); put(2, 4)
      size = split(text, list, ",")
      for (i = 1; i <= size; i++) one_name(tolower(list[i]), yes)
      jump(otherwise)
      here(yes)
    }
    function one_name(text, yes,  parts, size, bytes, i, j, folds, prefix, other, word, mask, width) {
      prefix = sub(/[.][*]$/, "", text)
      if (text !~ /^[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?$/ || length(text) > 252) wrong("no name: " text)
      size = split(text, parts, ".")
      bytes = 0
      for (i = 1; i <= size; i++) {
        if (length(parts[i]) < 1 || length(parts[i]) > 63) wrong("no name: " text)
        BYTE[bytes] = length(parts[i]); FOLD[bytes++] = 0
        for (j = 1; j <= length(parts[i]); j++) {
          BYTE[bytes] = ORDER[substr(parts[i], j, 1)]; FOLD[bytes] = BYTE[bytes] >= 97 ? 32 : 0; bytes++
        }
      }
      other = label()
      if (prefix) {
        put(97, 3)
      } else {
        BYTE[bytes] = 0; FOLD[bytes++] = 0
        put(97, 3); put(96, 4); put(20, bytes); when(61, 0, "", other); put(7, 0)
      }
      for (i = 0; i < bytes; i += width) {
        width = bytes - i >= 4 ? 4 : bytes - i >= 2 ? 2 : 1
        word = mask = 0
        for (j = i; j < i + width; j++) { word = word * 256 + BYTE[j]; mask = mask * 256 + FOLD[j] }
        put(width == 4 ? 64 : width == 2 ? 72 : 80, i)
        if (mask) put(68, mask)
        when(21, word, "", other)
      }
      jump(yes)
      here(other)
    }

    function rule(i, family,  parts, field, list, size, mine, j, next_rule) {
      split(RULE[i], field, " ")
      if (field[4] != "any") {
        size = split(field[4], parts, ",")
        for (j = 1; j <= size; j++) if ((index(parts[j], ":") > 0) == (family == 6)) list[++mine] = parts[j]
        if (!mine) return
      }
      next_rule = label()
      if (field[2] != "any" || field[3] != "any") protocols(field[2], next_rule)
      if (field[3] != "any") ports(field[3], next_rule)
      if (field[4] != "any") addresses(list, mine, family, next_rule)
      if (field[5] != "any") names(field[5], next_rule)
      put(6, field[1] == "drop" ? 4 : 0)
      here(next_rule)
    }

    BEGIN { ALL = 4294967295; for (i = 32; i < 127; i++) ORDER[sprintf("%c", i)] = i }
    NF {
      if (NF != 5 || $1 !~ /^(keep|drop)$/ || $2 !~ /^(any|tcp|udp|icmp)$/) wrong("no rule: " $0)
      if ($2 == "icmp" && $3 != "any") wrong("ICMP has no ports: " $0)
      RULE[++rules] = $0
    }
    END {
      if (failed) exit 1
      # Whose it is.
      put(0, mark)
      put(40, 4294963200)
      need(21, 2048, "not-four"); jump("four")
      here("not-four")
      need(21, 34525, "neither"); jump("six")
      here("neither")
      put(6, 0)
      begin_four(); for (i = 1; i <= rules; i++) rule(i, 4); put(6, 0)
      begin_six(); for (i = 1; i <= rules; i++) rule(i, 6); put(6, 0)
      if (count > 4096) wrong("too much to block at once: the program has " count " steps of 4096")
      print count
      for (i = 1; i <= count; i++) {
        yes = YES[i] == "" ? 0 : AT[YES[i]] - i - 1
        no = NO[i] == "" ? 0 : AT[NO[i]] - i - 1
        if (yes > 255 || no > 255) wrong("a jump is too far")
        printf "%d %d %d %.0f\n", CODE[i], yes, no, FAR[i] == "" ? NUMBER[i] : AT[FAR[i]] - i - 1
      }
    }'
}
