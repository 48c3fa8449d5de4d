package datasets

import (
	"fmt"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/datasets/pack"
	"github.com/birge-kz/birge/internal/part"
)

// node is a node of JSON-LD.
type node = map[string]any

// catalogContext are the vocabularies of DCAT-AP 3.0 (https://semiceu.github.io/DCAT-AP/releases/3.0.0/) that the catalogue uses.
var catalogContext = node{
	"dcat": "http://www.w3.org/ns/dcat#", "dct": "http://purl.org/dc/terms/", "foaf": "http://xmlns.com/foaf/0.1/", "spdx": "http://spdx.org/rdf/terms#",
	"adms": "http://www.w3.org/ns/adms#", "xsd": "http://www.w3.org/2001/XMLSchema#", "vcard": "http://www.w3.org/2006/vcard/ns#",
}

// The codes of the Publications Office of the European Union that DCAT-AP asks for.
const (
	authority  = "http://publications.europa.eu/resource/authority/"
	daily      = authority + "frequency/DAILY"
	csvType    = authority + "file-type/CSV"
	jsonType   = authority + "file-type/JSON"
	xlsxType   = authority + "file-type/XLSX"
	government = authority + "data-theme/GOVE"
)

// catalog3 is the catalogue of all datasets by DCAT-AP 3.0, as JSON-LD: each dataset is a series, and its last version the dataset in it.
// origin is the city's address.
func (s *Service) catalog3(origin string, all []entry) node {
	id := func(path string) node { return node{"@id": origin + path} }
	publisher := node{"@id": origin + "/#city", "@type": "foaf:Agent", "foaf:name": literals(s.city.Current().Name)}
	var modified time.Time
	graph, members := []node{publisher}, []node{}
	for _, e := range all {
		file := e.Dataset.FileName()
		title, about := literals(s.catalog.Everywhere(part.DatasetKey(e.Dataset.Name))), literals(s.catalog.Everywhere(part.DatasetKey(e.Dataset.Name)+"_about"))
		series, one := Path(file), e.Path()
		if e.MadeAt.After(modified) {
			modified = e.MadeAt
		}
		graph = append(graph, node{"@id": origin + series, "@type": "dcat:DatasetSeries", "dct:title": title, "dct:description": about, "dct:publisher": id("/#city"), "dct:accrualPeriodicity": node{"@id": daily},
			"dct:modified": stamp(e.MadeAt)})
		dataset := node{"@id": origin + one, "@type": "dcat:Dataset", "dct:title": title, "dct:description": about, "dct:publisher": id("/#city"), "dct:identifier": e.SHA256,
			"dcat:inSeries": id(series), "dcat:version": e.Label.String(), "dct:issued": stamp(e.MadeAt), "dct:accrualPeriodicity": node{"@id": daily}, "dcat:theme": []node{{"@id": government}},
			"dcat:landingPage": id("/en" + one)}
		var distributions []node
		for _, d := range []struct{ path, format, media string }{
			{"/canonical.csv", csvType, "text/csv"}, {"/data.xlsx", xlsxType, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}, {"/data.json", jsonType, "application/json"},
		} {
			of := node{"@id": origin + one + d.path, "@type": "dcat:Distribution", "dcat:accessURL": id(one + d.path), "dcat:downloadURL": id(one + d.path), "dct:license": node{"@id": pack.LicencePath},
				"dct:format": node{"@id": d.format}, "dcat:mediaType": node{"@id": "http://www.iana.org/assignments/media-types/" + d.media}, "dct:title": title}
			if d.path == "/canonical.csv" {
				of["dcat:byteSize"] = node{"@type": "xsd:nonNegativeInteger", "@value": fmt.Sprint(e.Bytes)}
				of["spdx:checksum"] = node{"@type": "spdx:Checksum", "spdx:algorithm": node{"@id": "http://spdx.org/rdf/terms#checksumAlgorithm_sha256"},
					"spdx:checksumValue": node{"@type": "xsd:hexBinary", "@value": e.SHA256}}
			}
			distributions = append(distributions, node{"@id": of["@id"]})
			graph = append(graph, of)
		}
		dataset["dcat:distribution"] = distributions
		graph, members = append(graph, dataset), append(members, id(one))
	}
	catalog := node{"@id": origin + root, "@type": "dcat:Catalog", "dct:title": literals(s.catalog.Everywhere("datasets.title")), "dct:description": literals(s.catalog.Everywhere("datasets.lede")), "dct:publisher": id("/#city"),
		"foaf:homepage": id("/"), "dct:license": node{"@id": pack.LicencePath}, "dcat:dataset": members}
	if !modified.IsZero() {
		catalog["dct:modified"] = stamp(modified)
	}
	return node{"@context": catalogContext, "@graph": append([]node{catalog}, graph...)}
}

// literals is a text in each language that it has.
func literals(t civic.Text) (out []node) {
	for _, lang := range civic.Languages() {
		if s := t[lang]; s != "" {
			out = append(out, node{"@language": string(lang), "@value": s})
		}
	}
	return out
}

func stamp(t time.Time) node {
	return node{"@type": "xsd:dateTime", "@value": t.UTC().Format("2006-01-02T15:04:05Z")}
}
