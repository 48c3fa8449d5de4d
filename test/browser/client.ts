// A program that reads a city, as somebody writes it with the client that is generated from the description of the
// interface. It is compiled by TestTheDescriptionOfTheInterfaceIsValid, which thereby knows that the types fit.
import createClient from "openapi-fetch";
import type { paths } from "./birge";

const city = createClient<paths>({ baseUrl: "https://city.example/api/v1" });

// Who owes people an answer and is late.
export async function overdue(): Promise<string[]> {
	const { data, error } = await city.GET("/answers", { params: { query: { state: "overdue" } } });
	if (error) throw new Error(error.detail);
	return data.items.map((one) => one.id);
}

// What has happened since an act of the record, page by page.
export async function* changes(since: number) {
	for (let from: number = since; ; ) {
		const { data, error } = await city.GET("/changes", { params: { query: { since: from } } });
		if (error) throw new Error(`${error.status}: ${error.detail}`);
		yield* data.items;
		if (!data.next) return;
		from = data.items[data.items.length - 1].number;
	}
}

// @ts-expect-error: there is no such address
void city.GET("/nothing");
// @ts-expect-error: nor such a state
void city.GET("/answers", { params: { query: { state: "forgotten" } } });
