import { isIPv4, isIPv6 } from 'node:net'
import { matching, textBefore, wholeMatch, type Range, type Recogniser } from './matching.ts'

/** Not behind `name-`, `==`, `^` or `Product/`, nor before `.jar`: those are versions. */
const IPV4 =
  /(?<![\w.]|[A-Za-z]-|[=~><]=|[~^]|[A-Z][A-Za-z]{0,30}\/)(?:\d{1,3}\.){3}\d{1,3}(?!\.?\w|-(?:alpha|beta|rc|snapshot|dev|pre|build|release))/g
const VERSION_WORD =
  /(?:\bv|\bver|\bversion(?:en|s)?|versión|versão|版本|バージョン|\brelease|\bbuild|\bfirmware|\brevision|\brev|\b(?:up|down)grad\w{0,5} (?:to|from)|\bsection|\bchapter|\bclause|§|\boid)["'\s:=.(]{0,4}$/i
/** Addresses that name no machine: unspecified, loopback and net masks. */
const NO_MACHINE = /^(?:0\.0\.0\.0|127\.|255\.(?:255\.)*(?:0|128|192|224|240|248|252|254|255)(?:\.0)*$)/

const IPV6 = /(?<![\w:.])(?=[0-9A-Fa-f]{0,4}:)[0-9A-Fa-f:.]{5,45}(?![\w:])/g
/** With two groups only, `fe80::1` and `2001::7` are addresses; `std::dec` is a name in a program. */
const ROUTABLE_PREFIX = /^(?:[23](?=[0-9a-f]*\d)[0-9a-f]{3}|f[cde][0-9a-f]*\d[0-9a-f]*):/i

const MAC =
  /(?=[0-9A-Fa-f]{2}[:\-0-9A-Fa-f])(?<![\w:-])(?:[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){5}(?!:?\w)|(?=[\d-]{0,15}[A-Fa-f])[0-9A-Fa-f]{2}(?:-[0-9A-Fa-f]{2}){5}(?!-?\w)|(?=[\d.]{0,12}[A-Fa-f])[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}(?!\.?\w))/g
const BROADCAST_OR_NULL = /^(?:(?:ff|FF)[:.-]?|(?:00)[:.-]?){6}$/

function readIpv4(match: RegExpExecArray, text: string): Range | null {
  const address = match[0]
  if (!isIPv4(address) || NO_MACHINE.test(address)) return null
  return VERSION_WORD.test(textBefore(text, match.index)) ? null : wholeMatch(match)
}

function readIpv6(match: RegExpExecArray): Range | null {
  const address = match[0].replace(/(?:\.|(?<!:):)+$/, '')
  if (!isIPv6(address)) return null
  const groups = address.split(':').filter((group) => group !== '').length
  const isShort = groups < 3 && !address.includes('.')
  if (isShort && !(groups === 2 && ROUTABLE_PREFIX.test(address))) return null
  return { start: match.index, end: match.index + address.length }
}

const findIpv4 = matching(IPV4, readIpv4)
const findIpv6 = matching(IPV6, readIpv6)

export const findIpAddresses: Recogniser = (text, onRange) => {
  findIpv4(text, onRange)
  findIpv6(text, onRange)
}

export const findMacAddresses = matching(MAC, (match) => (BROADCAST_OR_NULL.test(match[0]) ? null : wholeMatch(match)))
